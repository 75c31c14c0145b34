"""Limit, Marker, NextMarker and Truncated of every listing."""

import pytest

from expect import code_of, refused, violation

INVALID = "The marker is not valid."


@pytest.fixture(scope="module")
def kms(server):
    """A client of a Region that no other test uses, so that what is listed is what is made here."""
    return server.kms(region="ap-southeast-2")


@pytest.fixture(scope="module")
def listed(kms):
    """A key with twelve aliases, twelve tags and twelve rotations, beside eleven other keys, one of which has an alias too."""
    key = kms.create_key(Tags=[{"TagKey": f"k{number:02}", "TagValue": "v"} for number in range(12)])["KeyMetadata"]
    for number in range(12):
        kms.create_alias(AliasName=f"alias/pages/{number:02}", TargetKeyId=key["KeyId"])
    for _ in range(12):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    others = [kms.create_key()["KeyMetadata"] for _ in range(11)]
    kms.create_alias(AliasName="alias/pages-of-another", TargetKeyId=others[0]["KeyId"])
    return key


LISTINGS = {
    "list_keys": ("Keys", lambda key: {}, "KeyId", 1000),
    "list_aliases": ("Aliases", lambda key: {}, "AliasName", 100),
    "list_aliases of a key": ("Aliases", lambda key: {"KeyId": key["KeyId"]}, "AliasName", 100),
    "list_key_rotations": ("Rotations", lambda key: {"KeyId": key["KeyId"]}, "KeyMaterialId", 1000),
    "list_resource_tags": ("Tags", lambda key: {"KeyId": key["KeyId"]}, "TagKey", 50),
}


@pytest.fixture(params=LISTINGS)
def listing(request, kms, listed):
    """One kind of listing: pages(limit), and what its entries are called."""
    members, parameters, name, largest = LISTINGS[request.param]

    class Listing:
        method = staticmethod(getattr(kms, request.param.split()[0]))
        limit = largest
        fixed = parameters(listed)

        @classmethod
        def call(cls, **more):
            return cls.method(**cls.fixed, **more)

        @classmethod
        def names(cls, page):
            return [entry[name] for entry in page[members]]

        @classmethod
        def pages(cls, limit):
            pages = [cls.call(Limit=limit)]
            while pages[-1]["Truncated"]:
                pages.append(cls.call(Limit=limit, Marker=pages[-1]["NextMarker"]))
            return pages

    return Listing


@pytest.mark.parametrize("limit", [1, 5, 12])
def test_pages_give_every_entry_once(listing, limit):
    pages = listing.pages(limit)
    names = [name for page in pages for name in listing.names(page)]
    assert len(names) == len(set(names)) >= 12
    assert names == listing.names(listing.call(Limit=listing.limit))
    assert all(len(listing.names(page)) <= limit for page in pages)


def test_the_last_page_has_no_marker(listing):
    for page in listing.pages(5):
        assert ("NextMarker" in page) == page["Truncated"]
    assert not page["Truncated"]


def test_listing_the_aliases_of_a_key_leaves_out_those_of_others(kms, listed):
    of_key = {entry["AliasName"] for entry in kms.list_aliases(KeyId=listed["KeyId"])["Aliases"]}
    assert of_key == {f"alias/pages/{number:02}" for number in range(12)}
    everything = {entry["AliasName"] for entry in kms.list_aliases()["Aliases"] if "TargetKeyId" in entry}
    assert everything == of_key | {"alias/pages-of-another"}


def test_a_page_that_holds_exactly_the_rest_is_the_last(kms, listed):
    assert not kms.list_resource_tags(KeyId=listed["KeyId"], Limit=12)["Truncated"]
    assert kms.list_resource_tags(KeyId=listed["KeyId"], Limit=11)["Truncated"]
    assert not kms.list_aliases(KeyId=listed["KeyId"], Limit=12)["Truncated"]


@pytest.mark.parametrize("step", [0, 1])
def test_limits_are_the_service_s_own(listing, step):
    limit = 0 if step == 0 else listing.limit + 1
    bound = "greater than or equal to 1" if step == 0 else f"less than or equal to {listing.limit}"
    with refused("ValidationException", violation("limit", f"Member must have value {bound}", f"'{limit}'")):
        listing.call(Limit=limit)


def test_markers_that_were_never_given_out(listing):
    marker = listing.call(Limit=1)["NextMarker"]
    last = "A" if marker[-3] != "A" else "B"
    forged = [
        "x",
        "AAAA",
        "not base64!",
        marker[:-4],
        marker[4:],
        marker + "AAAA",
        marker[:-3] + last + marker[-2:],
        listing.names(listing.call(Limit=1))[0][:64],
    ]
    for case in forged:
        with refused("InvalidMarkerException", INVALID):
            listing.call(Marker=case)


def test_a_marker_is_for_its_own_listing_only(server, kms, listed):
    key = kms.create_key()["KeyMetadata"]
    markers = {
        name: getattr(kms, name.split()[0])(Limit=1, **parameters(listed))["NextMarker"]
        for name, (_, parameters, _, _) in LISTINGS.items()
    }
    for name, (_, parameters, _, _) in LISTINGS.items():
        method = getattr(kms, name.split()[0])
        codes = {other: code_of(method, Marker=marker, **parameters(listed)) for other, marker in markers.items()}
        assert codes == {other: None if other == name else "InvalidMarkerException" for other in markers}
    with refused("InvalidMarkerException", INVALID):
        kms.list_resource_tags(KeyId=key["KeyId"], Marker=markers["list_resource_tags"])
    with refused("InvalidMarkerException", INVALID):
        kms.list_aliases(KeyId=key["KeyId"], Marker=markers["list_aliases of a key"])
    with refused("InvalidMarkerException", INVALID):
        server.kms().list_keys(Marker=markers["list_keys"])


def test_a_marker_survives_the_entry_it_stands_for(kms):
    key = kms.create_key()["KeyMetadata"]
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": name, "TagValue": ""} for name in "abcd"])
    page = kms.list_resource_tags(KeyId=key["KeyId"], Limit=2)
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=[tag["TagKey"] for tag in page["Tags"]])
    rest = kms.list_resource_tags(KeyId=key["KeyId"], Marker=page["NextMarker"])["Tags"]
    assert {tag["TagKey"] for tag in page["Tags"] + rest} == set("abcd")


def test_list_key_policies_has_one_page(kms, listed):
    for parameters in ({}, {"Limit": 1}, {"Limit": 1000}):
        reply = kms.list_key_policies(KeyId=listed["KeyId"], **parameters)
        del reply["ResponseMetadata"]
        assert reply == {"PolicyNames": ["default"], "Truncated": False}
    with refused("InvalidMarkerException", INVALID):
        kms.list_key_policies(KeyId=listed["KeyId"], Marker="x")
    with refused("ValidationException"):
        kms.list_key_policies(KeyId=listed["KeyId"], Limit=1001)


def test_listings_have_the_documented_defaults(start_server):
    kms = start_server().kms()
    # One request for each key and alias: just enough of them to go beyond a default page.
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(101)]
    page = kms.list_keys()
    assert (len(page["Keys"]), page["Truncated"]) == (100, True)
    assert len(kms.list_keys(Marker=page["NextMarker"])["Keys"]) == 1
    for number in range(51):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=keys[number])
    page = kms.list_aliases()
    assert (len(page["Aliases"]), page["Truncated"]) == (50, True)
    kms.tag_resource(KeyId=keys[0], Tags=[{"TagKey": str(number), "TagValue": ""} for number in range(50)])
    page = kms.list_resource_tags(KeyId=keys[0])
    assert (len(page["Tags"]), page["Truncated"]) == (50, False)
