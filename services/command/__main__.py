"""`python -m services.command`: run one command service."""

from services.command.app import serve_commands
from shared.process.lifecycle import read_settings, run_service
from shared.process.settings import ServiceSettings

if __name__ == "__main__":
    settings = read_settings(ServiceSettings)
    run_service(lambda: serve_commands(settings))
