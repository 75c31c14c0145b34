"""What a disk holds after the power failed: reads the interposer's trace and applies the rules of POSIX to it.

A write is durable once its file was synced, a name once its directory was. Everything else may or may not be there;
the kernel writes back in any order, in sectors of 512 bytes. See README.md for what is modelled and what is not.
"""
import os
import random
import struct

WRITE, TRUNCATE, ALLOCATE, SYNC, SYNC_FAILED, CREATE, MAKE_DIRECTORY, RENAME, LINK, UNLINK, REMOVE_DIRECTORY, \
    NO_EFFECT = range(1, 13)
KIND_NAMES = ("", "write", "truncate", "allocate", "sync", "sync", "create", "mkdir", "rename", "link", "unlink",
              "rmdir", "sync_file_range")
_HEAD = struct.Struct("=IIIIQQ")
_SECTOR = 512
_PAGE = 4096


class ModelError(Exception):
    """The trace holds something that the model does not know."""


class Inode:
    """A file's durable bytes, and what was done to it since. Bytes behind `data` and before `size` are zeros."""

    def __init__(self, directory=False, data=b"", size=0):
        self.directory = directory
        self.data = bytearray(data)
        self.size = size
        self.pending = []  # [operation, offset or size, bytes, doomed]

    def sync(self):
        # What an earlier sync failed to write is clean for the kernel; only a later write to the same page takes it
        # along.
        dirty = {page for operation in self.pending if not operation[3] for page in _pages(operation)}
        left = []
        for operation in self.pending:
            kind, offset, data, doomed = operation
            if not doomed or kind != WRITE:
                _apply(self, operation)
                continue
            for start, part in _split(offset, data, _PAGE):
                if start // _PAGE in dirty:
                    _apply(self, (WRITE, start, part, True))
                else:
                    left.append([WRITE, start, part, True])
        self.pending = left

    def sync_failed(self):
        for operation in self.pending:
            operation[3] = True

    def copy(self):
        return Inode(self.directory, self.data, self.size)


def _split(offset, data, unit):
    at = 0
    while at < len(data):
        take = min(len(data) - at, unit - (offset + at) % unit)
        yield offset + at, data[at:at + take]
        at += take


def _pages(operation):
    kind, offset, data, _ = operation
    return range(offset // _PAGE, (offset + len(data) - 1) // _PAGE + 1) if kind == WRITE else ()


def _apply(inode, operation):
    kind, value, data, _ = operation
    if kind == WRITE:
        if len(inode.data) < value:
            inode.data.extend(bytes(value - len(inode.data)))
        inode.data[value:value + len(data)] = data
        inode.size = max(inode.size, value + len(data))
    elif kind == TRUNCATE:
        del inode.data[value:]
        inode.size = value
    else:
        inode.size = max(inode.size, value)


def _lost(inode, _choice):
    return inode


def _kept(inode, _choice):
    result = inode.copy()
    for operation in inode.pending:
        _apply(result, operation)
    return result


def _some(inode, choice):
    """Each sector holds one of the versions it had since the last sync, and so does the size.

    Shrinking a file orders what stands before it against what comes after it."""
    result = inode.copy()
    operations = list(inode.pending)
    shrinks = [i for i, operation in enumerate(operations) if operation[0] == TRUNCATE]
    persisted = choice.randint(0, len(shrinks))
    start = shrinks[persisted - 1] + 1 if persisted else 0
    end = shrinks[persisted] if persisted < len(shrinks) else len(operations)
    for operation in operations[:start]:
        _apply(result, operation)
    operations = operations[start:end]
    sizes = [result.size]
    parts = []
    versions = {}
    for kind, value, data, _ in operations:
        grown = value + len(data) if kind == WRITE else value
        if grown > sizes[-1]:
            sizes.append(grown)
        if kind == WRITE:
            for offset, part in _split(value, data, _SECTOR):
                versions[offset // _SECTOR] = versions.get(offset // _SECTOR, 0) + 1
                parts.append((offset, part))
    chosen = {sector: choice.randint(0, count) for sector, count in sorted(versions.items())}
    for offset, part in parts:
        sector = offset // _SECTOR
        if chosen[sector] > 0:
            chosen[sector] -= 1
            _apply(result, (WRITE, offset, part, False))
    result.size = choice.choice(sizes)
    del result.data[result.size:]
    return result


_CONTENTS = {"lost": _lost, "kept": _kept, "some": _some}


class Disk:
    """A directory as the disk knows it. Starts with what `source` holds, all of it durable."""

    def __init__(self, source):
        self.durable = {"": Inode(directory=True)}  # paths relative to the directory
        for parent, directories, files in os.walk(source):
            for name in directories:
                self.durable[os.path.relpath(os.path.join(parent, name), source)] = Inode(directory=True)
            for name in files:
                path = os.path.join(parent, name)
                with open(path, "rb") as file:
                    data = file.read()
                self.durable[os.path.relpath(path, source)] = Inode(data=data.rstrip(b"\0"), size=len(data))

    def copy(self):
        """For a run of its own. Only without pending operations."""
        result = Disk.__new__(Disk)
        result.durable = {path: inode.copy() for path, inode in self.durable.items()}
        return result

    def write_to(self, directory):
        """Makes an existing empty directory hold the durable state."""
        _materialise(self.durable, directory)

    def replay(self, directory, trace_path):
        """Follows a run that began in `directory`, which write_to() filled, up to the end of its trace."""
        return _Replay(self, directory, trace_path)


class _Replay:
    def __init__(self, disk, directory, trace_path):
        self._root = directory
        self.durable = disk.durable
        self.current = dict(self.durable)
        self.pending = []  # operations on names: (kind, path, other path, inode)
        self._inodes = {}
        self._trace = trace_path
        self._offset = 0
        self.kinds = []  # of every operation
        # The numbers of the inodes, before the run changes names.
        for path, inode in self.current.items():
            self._inodes[os.stat(os.path.join(directory, path)).st_ino] = (path, inode)

    def follow(self):
        """Takes in what was appended to the trace since. A record that a crash cut off counts as not made."""
        with open(self._trace, "rb") as file:
            file.seek(self._offset)
            data = file.read()
        at = 0
        while at + _HEAD.size <= len(data):
            kind, first, second, size, number, value = _HEAD.unpack_from(data, at)
            end = at + _HEAD.size + first + second + size
            if end > len(data):
                break
            body = at + _HEAD.size
            path = data[body:body + first].decode()
            other = data[body + first:body + first + second].decode()
            self._take(kind, number, value, self._relative(path), self._relative(other), data[end - size:end])
            at = end
        self._offset += at
        return self

    def _relative(self, path):
        return os.path.relpath(path, self._root) if path and path != self._root else ""

    def _take(self, kind, number, value, path, other, data):
        self.kinds.append(kind)
        if kind in (WRITE, TRUNCATE, ALLOCATE):
            self._inode(number)[1].pending.append([kind, value, data, False])
        elif kind == SYNC:
            name, inode = self._inode(number)
            inode.sync()
            if inode.directory:
                self._sync_names(name)
        elif kind == SYNC_FAILED:
            self._inode(number)[1].sync_failed()
        elif kind in (CREATE, MAKE_DIRECTORY):
            inode = Inode(directory=kind == MAKE_DIRECTORY)
            self._inodes[number] = (path, inode)
            self._name((kind, path, "", inode))
        elif kind in (RENAME, LINK):
            if os.path.dirname(path) != os.path.dirname(other) or self.current[path].directory:
                raise ModelError(f"a rename or link of {path} to {other}")
            self._name((kind, path, other, None))
        elif kind in (UNLINK, REMOVE_DIRECTORY):
            self._name((kind, path, "", None))
        elif kind != NO_EFFECT:
            raise ModelError(f"a record of kind {kind}")

    def _inode(self, number):
        if number not in self._inodes:
            raise ModelError(f"inode {number} was never seen being created")
        return self._inodes[number]

    def _name(self, operation):
        self.pending.append(operation)
        _apply_name(self.current, operation)

    def _sync_names(self, directory):
        left = []
        for operation in self.pending:
            if os.path.dirname(operation[1]) == directory:
                _apply_name(self.durable, operation)
            else:
                left.append(operation)
        self.pending = left

    def after_power_loss(self, model, seed=0):
        """The files that are left: a Disk of its own. `model`: "lost" (nothing that was not synced), "some" (chosen
        by `seed`), "kept" (everything, which is what the running kernel shows)."""
        choice = random.Random(seed)
        names = dict(self.durable)
        # Names reach the disk in their order: file systems journal them.
        count = {"lost": 0, "kept": len(self.pending)}.get(model)
        if count is None:
            count = choice.randint(0, len(self.pending))
        for operation in self.pending[:count]:
            _apply_name(names, operation)
        result = Disk.__new__(Disk)
        copies = {}
        result.durable = {}
        for path, inode in sorted(names.items()):
            if path and os.path.dirname(path) not in result.durable:
                continue  # its directory's own name was lost
            if id(inode) not in copies:
                copies[id(inode)] = _CONTENTS[model](inode, choice).copy()
            result.durable[path] = copies[id(inode)]
        return result

    def difference_from(self, directory):
        """Where the model of what the kernel shows differs from the directory; empty when it does not."""
        expected = self.after_power_loss("kept").durable
        found = Disk(directory).durable
        if set(expected) != set(found):
            return f"names: {sorted(set(expected) ^ set(found))}"
        for path, inode in expected.items():
            if (inode.size, inode.data.rstrip(b"\0")) != (found[path].size, found[path].data):
                return f"{path}: {inode.size} bytes expected, {found[path].size} found, or their contents differ"
        return ""


def _apply_name(names, operation):
    kind, path, other, inode = operation
    if kind in (CREATE, MAKE_DIRECTORY):
        names[path] = inode
    elif kind in (UNLINK, REMOVE_DIRECTORY):
        names.pop(path, None)
    elif path in names:
        names[other] = names[path]
        if kind == RENAME:
            del names[path]


def _materialise(names, directory):
    first_path = {}
    for path, inode in sorted(names.items()):
        if not path:
            continue
        target = os.path.join(directory, path)
        if inode.directory:
            os.mkdir(target, 0o700)
        elif id(inode) in first_path:
            os.link(first_path[id(inode)], target)
        else:
            first_path[id(inode)] = target
            fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, inode.data)
            os.ftruncate(fd, inode.size)
            os.close(fd)
