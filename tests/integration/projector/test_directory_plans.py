"""Query plans for finding the documents that show an entry of the directory."""

import pytest

from services.projector import refresh
from shared.mongo import Database, Document
from tests.support.data.directory import NORTH, SOUTH


@pytest.mark.parametrize(("collection", "field"), refresh.SHOWING)
async def test_documents_that_show_an_entry_are_found_by_an_index_only(
    db: Database, collection: str, field: str
) -> None:
    plan = await db.command(
        {
            "explain": {"find": collection, "filter": {field: {"$in": [NORTH, SOUTH]}}, "projection": {"_id": 1}},
            "verbosity": "queryPlanner",
        }
    )
    stages = _stages(plan["queryPlanner"]["winningPlan"])
    assert stages[-1] == "IXSCAN"
    assert not {"COLLSCAN", "FETCH", "SORT"} & set(stages)


def _stages(plan: Document) -> list[str]:
    below = plan.get("inputStage") or plan.get("queryPlan")
    return [*([plan["stage"]] if "stage" in plan else []), *(_stages(below) if below else [])]
