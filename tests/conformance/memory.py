"""The memory of a running process: all of it, or what a core image would hold. Needs the rights of root, because the
process is not dumpable."""

import re

MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)")
CHUNK_BYTES = 1 << 18
# The address sanitizer reserves terabytes for its shadow, of which nothing is data.
LARGEST_BYTES = 1 << 33


def mappings(pid, in_core_image):
    """(start, end, name) of the readable mappings; on request without those that MADV_DONTDUMP keeps out of core images."""
    with open(f"/proc/{pid}/smaps") as smaps:
        for line in smaps:
            if header := MAPPING.fullmatch(line.rstrip("\n")):
                start, end, rights, name = header.groups()
                start, end = int(start, 16), int(end, 16)
                readable = rights[0] == "r" and end - start < LARGEST_BYTES and name not in ("[vvar]", "[vsyscall]")
            elif line.startswith("VmFlags:") and readable and not (in_core_image and "dd" in line.split()):
                yield start, end, name


def find(pid, needles, in_core_image=False):
    """Which of the byte strings `needles` (a dict by name) are in the memory of the process, and in which mapping."""
    found = []
    pattern = re.compile(b"|".join(re.escape(needle) for needle in needles.values()))
    names = {needle: name for name, needle in needles.items()}
    overlap = max(map(len, needles.values())) - 1
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, mapping in mappings(pid, in_core_image):
            tail = b""
            for at in range(start, end, CHUNK_BYTES):
                try:
                    memory.seek(at)
                    chunk = memory.read(min(CHUNK_BYTES, end - at))
                except OSError:
                    # Pages that nobody but the process may read, such as those of memfd_secret.
                    break
                # Most of a process is zeros, which need no search.
                if chunk.count(0) < len(chunk):
                    found += [(names[match], mapping) for match in pattern.findall(tail + chunk)]
                tail = chunk[-overlap:]
    return found
