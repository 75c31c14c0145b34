"""How much is played. By default all that is of one kind in code, and some of what differs in data; `scripts/test --long`
plays all. Builds with a sanitizer, where everything takes longer, play less of what tells nothing about the server's memory."""
import os

LONG = bool(os.environ.get("CLAVIGER_LONG"))
SANITIZED = bool(os.environ.get("CLAVIGER_SANITIZED")) and not LONG
