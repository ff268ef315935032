"""`python -m services.projector`: run one projector."""

from services.projector.app import serve_projector
from shared.process import read_settings, run_service
from shared.settings import ServiceSettings

if __name__ == "__main__":
    settings = read_settings(ServiceSettings)
    run_service(lambda: serve_projector(settings))
