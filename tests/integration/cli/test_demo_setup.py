from services.cli.demo.setup import demo_entries, set_up
from shared.accounts.users import password_matches
from shared.directory.replica import DirectoryReplica
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics


async def test_a_directory_and_users_are_imported(settings: EngineSettings, db: Database) -> None:
    accounts = await set_up(settings)
    assert [(account.login, account.role) for account in accounts] == [("demo", "operator"), ("demo-reader", "reader")]
    users = {user["login"]: user for user in await db.users.find().to_list(None)}
    for account in accounts:
        assert users[account.login]["role"] == account.role
        assert password_matches(account.password, users[account.login]["passwordHash"])
    async with DirectoryReplica(settings.kafka, Topics(settings.topic_prefix).directory) as replica:
        directory = replica.directory
    assert [len(kind) for kind in (directory.agencies, directory.patrimonies, directory.providers)] == [6, 20, 15]
    assert users["demo-reader"]["scope"]["uids"][0] in directory.agencies


async def test_only_the_passwords_are_new_each_time(settings: EngineSettings, db: Database) -> None:
    before = await set_up(settings)
    after = await set_up(settings)
    assert len({account.password for account in [*before, *after]}) == 4
    kept = [user["passwordHash"] for user in await db.users.find().sort("login", 1).to_list(None)]
    assert [password_matches(account.password, hashed) for account, hashed in zip(after, kept, strict=True)] == [
        True
    ] * 2
    assert not any(password_matches(account.password, hashed) for account, hashed in zip(before, kept, strict=True))
    async with DirectoryReplica(settings.kafka, Topics(settings.topic_prefix).directory) as replica:
        assert replica.offset == len(demo_entries())
