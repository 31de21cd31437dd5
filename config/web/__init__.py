"""The front of the web server: what a request passes before Django's thread gets it.

buffered_wsgi.py   takes each request from the server, waits for its body, passes it on, answers
waiting_room.py    bounds what is waited for: for one caller and for all; the oldest body leaves first
lanes.py           threads with a short, fair queue: pages, sign-in, uploads, readiness
uploads.py         bodies larger than a form: only from callers who are known before the body is read, into a file
slow_readers.py    hangs up on callers who do not read their answers, and bounds what these hold
refusals.py        the answers that need no Django: too large, too slow, too busy
"""
