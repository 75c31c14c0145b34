"""Whether a server that was started again agrees with what its clients know, and its audit log with both."""
import collections
import json
import time

from service import Client
from workload import ABSENT, REPLICA_REGION, UNSETTLED, Call

# How long what a crash interrupted between two Regions may take after a start.
REPLICATION_SECONDS = 20


class Unanswered(Exception):
    """A server that nothing disturbs did not answer."""


class Checker:
    """Compares a running server with what is known."""

    def __init__(self, known, server, name):
        self._known = known
        self._client = Client(server.ready, server.port)
        self._elsewhere = Client(server.ready, server.port, REPLICA_REGION)
        self._name = name
        self._sent = 0
        self._problems = []
        self.managed = []  # the ids of AWS managed keys that are there; after check()

    def check(self):
        """A list of what is wrong; empty when nothing is. Resolves what was uncertain."""
        found, ids = self._observe()
        known = self._known
        expected = dict(known.facts)
        for call, before in known.uncertain:
            seen = {fact: found.get(fact, ABSENT) for fact in call.change}
            if seen == call.change:
                expected.update(call.change)
            elif seen != before:
                self._problems.append(f"{call.agent} {call.action} is there in parts: {seen}, asked for {call.change}")
        expected = {fact: value for fact, value in expected.items() if value is not ABSENT}
        for fact in sorted(set(expected) | set(found), key=str):
            if expected.get(fact) != found.get(fact):
                self._problems.append(f"{fact} is {found.get(fact)!r}, should be {expected.get(fact)!r}")
        self._open_ciphertexts(found)
        self._works(ids)
        self._client.close()
        self._elsewhere.close()
        return self._problems

    def applied(self, call):
        """Whether an uncertain change is there; after check()."""
        return all(self._found.get(fact, ABSENT) == value for fact, value in call.change.items())

    def _call(self, action, parameters, client=None):
        self._sent += 1
        agent = f"crash/{self._name}/{self._sent}"
        answer = (client or self._client).call(action, parameters, agent)
        self._known.calls.append(Call(agent, action, {}, answer))
        if answer is None:
            raise Unanswered(f"the restarted server did not answer {agent} {action}")
        return answer

    def _must(self, action, parameters):
        answer = self._call(action, parameters)
        if answer.status != 200:
            self._problems.append(f"{action} {parameters}: {answer.status} {answer.body}")
            return None
        return answer.body

    def _all(self, action, member):
        entries, marker = [], {}
        while True:
            body = self._must(action, {"Limit": 100, **marker})
            if body is None:
                return entries
            entries += body[member]
            if not body.get("Truncated"):
                return entries
            marker = {"Marker": body["NextMarker"]}

    def _observe(self):
        found, ids = {}, {}
        for entry in self._all("ListKeys", "Keys"):
            key_id = {"KeyId": entry["KeyId"]}
            metadata = self._settled(key_id)
            tags = self._must("ListResourceTags", key_id)
            policy = self._must("GetKeyPolicy", key_id)
            grants = self._must("ListGrants", key_id)
            waits = metadata is not None and metadata["KeyMetadata"]["KeyState"] == "PendingImport"
            rotation = {} if waits else self._must("GetKeyRotationStatus", key_id)
            versions = self._must("ListKeyRotations", {**key_id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"})
            if None in (metadata, tags, policy, grants, rotation, versions):
                continue
            if metadata["KeyMetadata"]["KeyManager"] == "AWS":
                self.managed.append(entry["KeyId"])
                continue
            label, _, description = metadata["KeyMetadata"]["Description"].partition(" ")
            if label in ids:
                self._problems.append(f"two keys are called {label}")
            ids[label] = entry["KeyId"]
            found[label, "description"] = description
            found[label, "state"] = metadata["KeyMetadata"]["KeyState"]
            if metadata["KeyMetadata"].get("ExpirationModel") == "KEY_MATERIAL_EXPIRES":
                found[label, "expires"] = True
            found[label, "tags"] = frozenset((tag["TagKey"], tag["TagValue"]) for tag in tags["Tags"])
            found[label, "grants"] = frozenset(grant["Name"] for grant in grants["Grants"])
            found[label, "rotation"] = rotation.get("RotationPeriodInDays", ABSENT)
            if any(one["KeyMaterialState"] == "PENDING_ROTATION" for one in versions["Rotations"]):
                found[label, "waits"] = True
            found[label, "versions"] = len(versions["Rotations"])
            found[label, "policy"] = json.loads(policy["Policy"])["Statement"][0]["Sid"]
            related = metadata["KeyMetadata"].get("MultiRegionConfiguration")
            found[label, "primary"] = related["PrimaryKey"]["Region"] if related else ABSENT
            if related and related["ReplicaKeys"]:
                found[label, "replicas"] = frozenset(replica["Region"] for replica in related["ReplicaKeys"])
                there = self._settled(key_id, self._elsewhere)
                found[label, "elsewhere"] = there and there["KeyMetadata"]["KeyState"]
        labels = {key_id: label for label, key_id in ids.items()}
        of_services = {}
        for alias in self._all("ListAliases", "Aliases"):
            if alias.get("TargetKeyId") in self.managed:
                of_services[alias["AliasName"]] = alias["TargetKeyId"]
            elif "TargetKeyId" in alias:
                found["alias", alias["AliasName"]] = labels.get(alias["TargetKeyId"], alias["TargetKeyId"])
        self._check_managed(of_services)
        self._found = found
        return found, ids

    def _check_managed(self, of_services):
        """A service has one key, whose alias is there with it."""
        if missing := self._known.managed - of_services.keys():
            self._problems.append(f"AWS managed keys that were told of are gone: {missing}")
        if sorted(of_services.values()) != sorted(self.managed):
            self._problems.append(f"AWS managed keys {self.managed}, their aliases: {of_services}")

    def _settled(self, key_id, client=None):
        """What DescribeKey tells when the Regions owe each other nothing that it shows, whatever was interrupted."""
        end = time.monotonic() + REPLICATION_SECONDS
        while True:
            answer = self._call("DescribeKey", key_id, client)
            if answer.status != 200:
                self._problems.append(f"DescribeKey {key_id}: {answer.status} {answer.body}")
                return None
            state = answer.body["KeyMetadata"]["KeyState"]
            if state not in UNSETTLED or time.monotonic() > end:
                return answer.body
            time.sleep(0.02)

    def _open_ciphertexts(self, found):
        """In both Regions, where the states of the keys let them."""
        refusals = {"Disabled": "DisabledException", "PendingDeletion": "KMSInvalidStateException",
                    "PendingImport": "KMSInvalidStateException", "Enabled": ""}
        for client, name in ((self._client, "state"), (self._elsewhere, "elsewhere")):
            for blob, context, plaintext, label in self._known.ciphertexts:
                state = found.get((label, name))
                if name == "elsewhere" and state is None:
                    continue
                answer = self._call("Decrypt", {"CiphertextBlob": blob, "EncryptionContext": context}, client)
                if answer.error != refusals.get(state) or (not answer.error and answer.body["Plaintext"] != plaintext):
                    self._problems.append(f"a ciphertext of {label} ({name} {state}): {answer.status} {answer.body}")

    def _works(self, ids):
        """The restarted server takes changes and uses keys."""
        label = f"{self._name}n"
        body = self._must("CreateKey", {"Description": f"{label} made"})
        if body is None:
            return
        key_id = body["KeyMetadata"]["KeyId"]
        if key_id in ids.values():
            self._problems.append(f"key id {key_id} was given twice")
        encrypted = self._must("Encrypt", {"KeyId": key_id, "Plaintext": "AAAA"})
        if encrypted is not None:
            self._must("Decrypt", {"CiphertextBlob": encrypted["CiphertextBlob"]})


def check_audit(known, events, checker):
    """What is wrong between the calls and their records, after checker.check()."""
    problems = []
    by_agent = collections.defaultdict(list)
    seen = set()
    for event in events:
        by_agent[event.get("userAgent", "")].append(event)
        if event["eventID"] in seen:
            problems.append(f"event {event['eventID']} stands in the log twice")
        seen.add(event["eventID"])
    by_itself = [event for agent in ("AWS Internal", "kms.amazonaws.com") for event in by_agent.pop(agent, [])]
    for call in known.calls:
        records = by_agent.pop(call.agent, [])
        what = f"{call.agent} {call.action}"
        if any(record["eventName"] != call.action for record in records) or len(records) > 1:
            problems.append(f"{what}: records {[(r['eventName'], r.get('errorCode')) for r in records]}")
            continue
        successful = bool(records) and "errorCode" not in records[0]
        if call.acknowledged:
            if not records:
                problems.append(f"{what}: acknowledged with {call.answer.status}, without a record")
            elif records[0]["requestID"] != call.answer.request_id:
                problems.append(f"{what}: recorded as request {records[0]['requestID']}, answered as "
                                f"{call.answer.request_id}")
            elif successful != call.succeeded:
                problems.append(f"{what}: recorded as {records[0].get('errorCode', 'a success')}, answered "
                                f"{call.answer.status} {call.answer.error}")
        elif call.change and checker.applied(call) != successful:
            problems.append(f"{what}: the change is {'there' if checker.applied(call) else 'not there'}, its record "
                            f"{'says so' if successful else 'does not say so'}: {records}")
    # The service records a rotation on demand by an event of its own, too, in one write with that of the call. What else
    # it does is what related keys owe each other.
    asked = [event for event in events if event["eventName"] == "RotateKeyOnDemand" and "errorCode" not in event]
    rotated = [event for event in by_itself if event["eventName"] == "RotateKey"]
    if len(rotated) != len(asked):
        problems.append(f"{len(asked)} rotations on demand, and of the service: {rotated}")
    made = [event for event in by_itself if event["eventName"] == "CreateKey" and "errorCode" not in event]
    # Replicas are made by the service, too, elsewhere.
    at_first_use = [event for event in made if event["awsRegion"] != REPLICA_REGION]
    if len(at_first_use) != len(checker.managed):
        problems.append(f"AWS managed keys {checker.managed}, and of the service: {at_first_use}")
    for agent, records in by_agent.items():
        problems.append(f"{len(records)} records of calls that nobody made: {agent!r} {records[0]['eventName']}")
    return problems
