"""One server for the whole suite. Tests make their own keys, so that none depends on another."""

import itertools

import pytest

from actions import SYMMETRIC, make_key
from claviger_server import Server
from extent import SANITIZED

# The files that take longest come first, so that no worker is left alone with one in the end.
LONGEST_FIRST = ("test_key_matrix", "test_authorization_matrix", "test_imported_keys", "test_key_life", "test_iam_cli_walk")

# The calls of the walks are those of other tests, since it is the client that they test; another life of ten years goes by
# in server_test.
collect_ignore = ["test_cli_walk.py", "test_iam_cli_walk.py", "test_key_life.py"] if SANITIZED else []


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A development server that is stopped in the end, which it must survive with an audit log that verifies."""
    place = tmp_path_factory.mktemp("claviger")
    server = Server(place / "data", place)
    yield server
    server.terminate()
    server.verify_audit()


@pytest.fixture
def start_server(tmp_path):
    """Starts servers of a test's own: start_server(arguments=..., environment=...). Those still running are killed."""
    started = []

    def start(data_dir=None, **options):
        number = len(started)
        started.append(Server(data_dir or tmp_path / f"data{number}", tmp_path / f"logs{number}", **options))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="session")
def kms(server):
    return server.kms()


@pytest.fixture(scope="session")
def raw(server):
    return server.raw()


@pytest.fixture
def key(kms):
    """The metadata of a fresh key."""
    return kms.create_key()["KeyMetadata"]


@pytest.fixture(scope="session")
def shared_key(kms):
    """The metadata of one enabled key for the tests that only use it and leave it as it is."""
    return kms.create_key(Description="shared; not to be changed")["KeyMetadata"]


@pytest.fixture(scope="session")
def shared_keys(raw, shared_key):
    """The same of every kind: shared_keys(MAC)."""
    made = {SYMMETRIC: shared_key}

    def of(kind):
        if kind not in made:
            made[kind] = make_key(raw, kind, Description="shared; not to be changed")
        return made[kind]

    return of


@pytest.fixture(scope="session")
def alias_names():
    """An iterator over alias names that no other test has."""
    return (f"alias/conformance/{number}" for number in itertools.count())


@pytest.fixture
def alias(alias_names):
    return next(alias_names)
