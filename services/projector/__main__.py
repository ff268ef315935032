"""`python -m services.projector`: run one projector."""

from services.projector.app import serve_projector
from shared.process.lifecycle import give_back_memory, read_settings, run_service
from shared.process.settings import ServiceSettings

if __name__ == "__main__":
    settings = read_settings(ServiceSettings)
    give_back_memory()
    run_service(lambda: serve_projector(settings))
