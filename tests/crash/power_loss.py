"""What a disk holds after the power failed: reads the interposer's trace and applies the rules of POSIX to it.

A write is durable once its file was synced, a name once its directory was. Everything else may or may not be there;
the kernel writes back in any order, in sectors of 512 bytes. See README.md for what is modelled and what is not.
"""
import copy
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
    """A file's durable bytes, and what was done to it since. Bytes behind `data` and before `size` are zeros. Or a
    directory: `names` holds its durable names and their inodes, `shown` those that the kernel shows."""

    def __init__(self, directory=False, data=b"", size=0):
        self.directory = directory
        self.names = {}
        self.shown = {}
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

    def durable_copy(self):
        return Inode(data=self.data, size=self.size)


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
    return inode.durable_copy()


def _kept(inode, _choice):
    result = inode.durable_copy()
    for operation in inode.pending:
        _apply(result, operation)
    return result


def _some(inode, choice):
    """Each sector holds one of the versions it had since the last sync, and so does the size.

    Shrinking a file orders what stands before it against what comes after it."""
    result = inode.durable_copy()
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
    """A directory as the disk knows it."""

    def __init__(self, root):
        self._root = root

    @staticmethod
    def of(directory):
        """What a directory holds, all of it durable."""
        return Disk(_read(directory))

    def copy(self):
        return Disk(_copied(self._root, lambda directory: directory.names, Inode.durable_copy))

    def write_to(self, directory):
        """Makes an existing empty directory hold the durable state."""
        _write(self._root, directory, {})

    def replay(self, directory, trace_path):
        """Follows runs that begin in `directory`, which write_to() filled."""
        return Replay(self._root, directory, trace_path)

    def files(self):
        """{path: inode} of everything in it."""
        found = {}
        _list(self._root, "", found)
        return found


def _read(path):
    if not os.path.isdir(path):
        with open(path, "rb") as file:
            data = file.read()
        return Inode(data=data.rstrip(b"\0"), size=len(data))
    result = Inode(directory=True)
    result.names = {name: _read(os.path.join(path, name)) for name in sorted(os.listdir(path))}
    return result


def _write(directory, path, first_path):
    for name, inode in sorted(directory.names.items()):
        target = os.path.join(path, name)
        if inode.directory:
            os.mkdir(target, 0o700)
            _write(inode, target, first_path)
        elif id(inode) in first_path:
            os.link(first_path[id(inode)], target)
        else:
            first_path[id(inode)] = target
            fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, inode.data)
            os.ftruncate(fd, inode.size)
            os.close(fd)


def _copied(directory, names_of, copy_file):
    """The tree below a directory, files with several names kept as one."""
    copies = {}

    def copied(inode):
        if id(inode) not in copies:
            copies[id(inode)] = Inode(directory=True) if inode.directory else copy_file(inode)
            if inode.directory:
                copies[id(inode)].names = {name: copied(child) for name, child in sorted(names_of(inode).items())}
        return copies[id(inode)]
    return copied(directory)


def _list(directory, prefix, found):
    for name, inode in directory.names.items():
        found[prefix + name] = inode
        if inode.directory:
            _list(inode, prefix + name + "/", found)


class Replay:
    """What became of a Disk by following a trace."""

    def __init__(self, root, directory, trace_path):
        self._root = root
        self._path = directory
        self._trace = trace_path
        self._offset = 0
        self._directories = []
        # Changes of names that are not durable, in their order. Each is a list of (directory, name, inode or None) that
        # reaches the disk as one, with the first one's directory.
        self._pending = []
        self._inodes = {}  # by number
        self.kinds = []  # of every operation
        self._show(root)
        self._know(root, directory)

    def _show(self, inode):
        """Begins with all names durable."""
        if inode.directory:
            self._directories.append(inode)
            inode.shown = dict(inode.names)
            for child in inode.names.values():
                self._show(child)

    def _know(self, inode, path):
        self._inodes[os.stat(path).st_ino] = inode
        if inode.directory:
            for name, child in inode.shown.items():
                self._know(child, os.path.join(path, name))

    def moved_to(self, directory, trace_path):
        """Of the same disk in another place and with a new trace: makes an existing empty directory hold what the kernel
        shows. Runs there leave this one as it is. For when no process has a file of it open."""
        self.after_power_loss("kept").write_to(directory)
        moved = copy.deepcopy(self)
        moved._path, moved._trace, moved._offset = directory, trace_path, 0
        moved._inodes = {}
        moved._know(moved._root, directory)
        return moved

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
            self._take(kind, number, value, path, other, data[end - size:end])
            at = end
        self._offset += at
        return self

    def _take(self, kind, number, value, path, other, data):
        self.kinds.append(kind)
        if kind in (WRITE, TRUNCATE, ALLOCATE):
            self._inode(number).pending.append([kind, value, data, False])
        elif kind == SYNC:
            inode = self._inode(number)
            inode.sync()
            if inode.directory:
                self._sync_names(inode)
        elif kind == SYNC_FAILED:
            self._inode(number).sync_failed()
        elif kind in (CREATE, MAKE_DIRECTORY):
            inode = self._inodes[number] = Inode(directory=kind == MAKE_DIRECTORY)
            if inode.directory:
                self._directories.append(inode)
            self._change([(*self._place(path), inode)])
        elif kind in (RENAME, LINK):
            directory, name = self._place(path)
            changes = [(*self._place(other), directory.shown[name])]
            if kind == RENAME:
                changes.append((directory, name, None))
            self._change(changes)
        elif kind in (UNLINK, REMOVE_DIRECTORY):
            self._change([(*self._place(path), None)])
        elif kind != NO_EFFECT:
            raise ModelError(f"a record of kind {kind}")

    def _inode(self, number):
        if number not in self._inodes:
            raise ModelError(f"inode {number} was never seen being created")
        return self._inodes[number]

    def _place(self, path):
        """The directory of a path, and the name in it."""
        *parents, name = os.path.relpath(path, self._path).split("/")
        directory = self._root
        for parent in parents:
            directory = directory.shown[parent]
        return directory, name

    def _change(self, changes):
        self._pending.append(changes)
        for directory, name, inode in changes:
            _set_name(directory.shown, name, inode)

    def _sync_names(self, directory):
        left = []
        for changes in self._pending:
            if changes[0][0] is not directory:
                left.append(changes)
                continue
            for changed, name, inode in changes:
                _set_name(changed.names, name, inode)
        self._pending = left

    def after_power_loss(self, model, seed=0):
        """The files that are left, as a Disk. `model`: "lost" (nothing that was not synced), "some" (chosen by `seed`),
        "kept" (everything, which is what the running kernel shows)."""
        choice = random.Random(seed)
        names = {id(directory): dict(directory.names) for directory in self._directories}
        # Names reach the disk in their order: file systems journal them.
        count = {"lost": 0, "kept": len(self._pending)}.get(model)
        if count is None:
            count = choice.randint(0, len(self._pending))
        for changes in self._pending[:count]:
            for directory, name, inode in changes:
                _set_name(names[id(directory)], name, inode)
        return Disk(_copied(self._root, lambda directory: names[id(directory)],
                            lambda inode: _CONTENTS[model](inode, choice)))

    def difference_from(self, directory):
        """Where the model of what the kernel shows differs from the directory; empty when it does not."""
        expected = self.after_power_loss("kept").files()
        found = Disk.of(directory).files()
        if set(expected) != set(found):
            return f"names: {sorted(set(expected) ^ set(found))}"
        for path, inode in expected.items():
            if (inode.size, inode.data.rstrip(b"\0")) != (found[path].size, found[path].data):
                return f"{path}: {inode.size} bytes expected, {found[path].size} found, or their contents differ"
        return ""


def _set_name(names, name, inode):
    if inode is None:
        names.pop(name, None)
    else:
        names[name] = inode
