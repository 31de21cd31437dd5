"""How everything runs on one machine: what `make run` does, from the virtual environment to the last signal.

setup.sh, virtualenv.py   a Python that will do, .venv, the requirements (standard library only)
__main__.py               the order of it all; stays in the foreground
options.py                what the environment asks for, checked before anything starts
preparing.py              migrations, translations, static files, the first run's catalogue (Django)
supervision.py            the supervisor's configuration
launch.py                 what each supervised program is, and how it takes its predecessor's place
processes.py              process groups that end with us and are found again
answering.py              whether web, workers, beat and broker answer (Django)
"""
