#!/usr/bin/env python3
"""Measures what private keys, MACs and verification cost: against the same cryptographic library alone, against Encrypt,
and what a Decrypt waits while signatures saturate the server.

Run it through scripts/bench --private-keys. The server runs on core 0 and so does the library alone, in turns; the load
(wrk) runs on core 1. A ratio is that of one round's rates; what is printed is the median over the rounds.
"""
import argparse
import base64
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import threading

from bench import ROOT, SERVER_CORE, Claviger, say, wrk, write_requests

# Key spec, signing algorithm, and the ratio that is aimed at.
SIGNATURES = [("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", 0.95),
              ("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_256", 0.95),
              ("ECC_NIST_P256", "ECDSA_SHA_256", 0.55)]
VERIFIED = [*SIGNATURES, ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", None)]
MESSAGE = base64.b64encode(bytes(range(32))).decode()


def speed(args, spec):
    """Signatures and verifications a second of the library alone, on the server's core."""
    output = subprocess.run(["taskset", "-c", SERVER_CORE, str(args.library_speed), spec, str(args.seconds)],
                            capture_output=True, text=True, check=True).stdout
    sign, verify = output.split()
    return float(sign), float(verify)


class Load:
    """Calls of one kind on one server, signed anew before each measurement, for a signature is good for five minutes."""

    def __init__(self, claviger, work, operation, members):
        self.claviger, self.operation, self.members = claviger, operation, members
        self.path = work / f"{operation}-{id(self)}.requests"
        self.call()

    def call(self):
        return self.claviger.call(self.operation, **self.members)

    def run(self, connections, seconds):
        write_requests(self.path, [self.claviger.signer().request(self.operation, self.members)])
        return wrk(self.claviger.port, self.path, connections, seconds, False)


def new_key(claviger, spec, usage):
    return claviger.call("CreateKey", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


def against_library(claviger, work, args, keys):
    rows = []
    for spec, algorithm, aim in SIGNATURES:
        load = Load(claviger, work, "Sign", {"KeyId": keys[spec], "Message": MESSAGE, "SigningAlgorithm": algorithm})
        load.run(args.connections, 1)
        rounds = [(load.run(args.connections, args.seconds)["rate"], speed(args, spec)[0])
                  for _ in range(args.rounds)]
        ratio = statistics.median(ours / theirs for ours, theirs in rounds)
        ours, theirs = (statistics.median(column) for column in zip(*rounds))
        say(f"Sign {spec}: {ours:.0f}/s, the library alone {theirs:.0f}/s, ratio {ratio:.2f} (aim {aim})")
        rows.append({"what": f"Sign {spec}", "rate": ours, "yardstick": "the library alone", "yardstick_rate": theirs,
                     "ratio": ratio, "aim": aim})
    return rows


def against_encrypt(claviger, work, args, keys):
    symmetric = new_key(claviger, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    encrypt = Load(claviger, work, "Encrypt", {"KeyId": symmetric, "Plaintext": MESSAGE})
    mac_key = new_key(claviger, "HMAC_256", "GENERATE_VERIFY_MAC")
    generate = {"KeyId": mac_key, "Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256"}
    loads = [("GenerateMac HMAC_256", Load(claviger, work, "GenerateMac", generate), None)]
    mac = claviger.call("GenerateMac", **generate)["Mac"]
    loads.append(("VerifyMac HMAC_256", Load(claviger, work, "VerifyMac", {**generate, "Mac": mac}), None))
    for spec, algorithm, _ in VERIFIED:
        members = {"KeyId": keys[spec], "Message": MESSAGE, "SigningAlgorithm": algorithm}
        signature = claviger.call("Sign", **members)["Signature"]
        loads.append((f"Verify {spec}", Load(claviger, work, "Verify", {**members, "Signature": signature}), spec))
    rows = []
    for what, load, spec in loads:
        load.run(args.connections, 1)
        rounds = [(load.run(args.connections, args.seconds)["rate"], encrypt.run(args.connections, args.seconds)["rate"])
                  for _ in range(args.rounds)]
        ratio = statistics.median(ours / theirs for ours, theirs in rounds)
        ours, theirs = (statistics.median(column) for column in zip(*rounds))
        bare = speed(args, spec)[1] if spec else None
        say(f"{what}: {ours:.0f}/s, Encrypt {theirs:.0f}/s, ratio {ratio:.2f}"
            + (f" (the library alone {bare:.0f}/s)" if bare else ""))
        rows.append({"what": what, "rate": ours, "yardstick": "Encrypt", "yardstick_rate": theirs, "ratio": ratio,
                     "aim": 0.8, "library_rate": bare})
    return rows


def isolation(claviger, work, args, keys):
    """p99 of Decrypt alone, and while signatures by RSA_4096 take all that is left."""
    symmetric = new_key(claviger, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    blob = claviger.call("Encrypt", KeyId=symmetric, Plaintext=MESSAGE)["CiphertextBlob"]
    decrypt = Load(claviger, work, "Decrypt", {"CiphertextBlob": blob})
    sign = Load(claviger, work, "Sign", {"KeyId": keys["RSA_4096"], "Message": MESSAGE,
                                         "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"})
    rounds = []
    for _ in range(args.rounds):
        quiet = decrypt.run(args.decrypt_connections, args.seconds)
        signing = threading.Thread(target=sign.run, args=(args.connections, args.seconds + 2))
        signing.start()
        busy = decrypt.run(args.decrypt_connections, args.seconds)
        signing.join()
        rounds.append((quiet["p99"], busy["p99"], quiet["rate"], busy["rate"]))
    quiet, busy, quiet_rate, busy_rate = (statistics.median(column) for column in zip(*rounds))
    ratio = statistics.median(one[1] / one[0] for one in rounds)
    say(f"Decrypt p99: {quiet:.0f} us alone, {busy:.0f} us beside RSA_4096 Sign, ratio {ratio:.1f}; "
        f"{quiet_rate:.0f}/s and {busy_rate:.0f}/s")
    return {"decrypt_p99_quiet_us": quiet, "decrypt_p99_busy_us": busy, "decrypt_p99_ratio": ratio,
            "decrypt_rate_quiet": quiet_rate, "decrypt_rate_busy": busy_rate}


def print_table(rows, summary):
    print("| what | Claviger/s | yardstick | its rate/s | ratio | aim | the library alone |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        bare = row.get("library_rate")
        print(f"| {row['what']} | {row['rate']:.0f} | {row['yardstick']} | {row['yardstick_rate']:.0f} | "
              f"{row['ratio']:.2f} | {row['aim']} | {f'{bare:.0f}/s' if bare else ''} |")
    print()
    for name, value in summary.items():
        print(f"{name}: {value:.1f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/claviger")
    parser.add_argument("--library-speed", type=pathlib.Path, default=ROOT / "build/release/tests/bench/library_speed")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--decrypt-connections", type=int, default=8)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench-private-keys.json")
    args = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="claviger-bench-"))
    try:
        claviger = Claviger(args.binary, work / "data")
        with claviger.run():
            keys = {spec: new_key(claviger, spec, "SIGN_VERIFY") for spec, *_ in VERIFIED}
            rows = against_library(claviger, work, args, keys) + against_encrypt(claviger, work, args, keys)
            summary = isolation(claviger, work, args, keys)
        print_table(rows, summary)
        args.out.write_text(json.dumps({"rows": rows, "summary": summary}, indent=1) + "\n")
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
