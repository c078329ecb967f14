"""A person's terminal: runs the command in it, then reads what was typed there, and prints that."""
import os, pty, sys

AFTER = '"$@" > /dev/null; IFS= read -r -t 1 typed; echo "TYPED=$typed"'
pid, terminal = pty.fork()
if pid == 0:
    os.execvp('bash', ['bash', '-c', AFTER, 'bash', *sys.argv[1:]])
seen = b''
try:
    while True:
        part = os.read(terminal, 4096)
        if not part:
            break
        seen += part
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
