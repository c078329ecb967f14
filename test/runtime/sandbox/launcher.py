"""The human's shell, as careless as they come: a key in its keyring, shared memory, and a secret left open. Then it starts a run."""
import ctypes, json, os, sys

know = json.load(open(sys.argv[1]))
libc = ctypes.CDLL(None, use_errno=True)
secret = know['carried'].encode()
libc.syscall(250, 1, None)
if libc.syscall(248, b'user', know['keyring'].encode(), secret, len(secret), ctypes.c_int(-3)) < 0:
    sys.stderr.write('no keyring\n')
segment = libc.shmget(know['shm'], 4096, 0o1600)
libc.shmat.restype = ctypes.c_void_p
ctypes.memmove(libc.shmat(segment, None, 0), secret, len(secret))
# Higher than what Node closes by itself.
os.dup2(os.open(know['files']['ssh_key'], os.O_RDONLY), 40, inheritable=True)
child = os.spawnvp(os.P_WAIT, sys.argv[2], sys.argv[2:])
libc.shmctl(segment, 0, None)
sys.exit(child)
