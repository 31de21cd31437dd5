"""How everything runs on one machine: what `make run` does, from the virtual environment to the last signal.

setup.sh, virtualenv.py   find a Python, make .venv, install the requirements (standard library only)
__main__.py               the order of all steps; stays in the foreground
options.py                the options from the environment, checked before anything starts
prepare.py                migrations, translations, static files, the first run's catalogue (Django)
translations.py           compiles the translations
supervisord.conf          the supervisor's configuration
launch.py                 what each supervised program is, and how it replaces its predecessor
processes.py              process groups that end with us and that a later run finds
readiness.py              whether web, workers, beat and broker answer (Django)
check.py                  `make check`
"""
