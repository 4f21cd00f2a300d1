import pytest

from shipway.lineage import Lineage, LineageQueries, TaskIdentity
from shipway.lineage.database import Database
from shipway.lineage.protos import service_message
from shipway.lineage.server.engine_handle import EngineHandle
from shipway.lineage.server.frames import Opening
from shipway.lineage.server.methods import BY_NAME
from shipway.lineage.upkeep import back_up, check_store, restore
from shipway.lineage.upkeep.content import content_of
from shipway.lineage.upkeep.engine_tables import make_tables
from shipway.lineage.upkeep.errors import DatabaseFailed, NotEmpty, OlderBackup, StoreInUse
from shipway.lineage.upkeep.rows import reading


def digest(database):
    with reading(database) as rows:
        return content_of(rows).digest


def names(folder):
    return sorted(one.name for one in folder.iterdir())


@pytest.fixture
def backup(new_database, write, tmp_path):
    """A backup of a file with two runs, and its manifest."""
    database = new_database("sqlite")
    write(database, 2)
    path = tmp_path / "one.backup"
    return path, back_up(database, path)


def test_a_backup_of_any_database_restores_into_any(kind, target_kind, new_database, write, writer_module, tmp_path):
    database, target = new_database(kind), new_database(target_kind)
    write(database, 2)
    manifest = back_up(database, tmp_path / "one.backup")
    restored = restore(tmp_path / "one.backup", target, backups=tmp_path)
    assert (restored.manifest, restored.kept) == (manifest, None)
    assert digest(target) == manifest.digest == digest(database)
    assert check_store(target) == []
    with writer_module.open_lineage(target, tmp_path / "lock") as lineage:
        ingest, train = lineage.queries().run("run-1")
        before = [one.id for one in (ingest, train)]
        writer_module.write_run(lineage, "run-2")
        after = [one.id for one in lineage.queries().run("run-2")]
    assert before == [3, 4]
    assert after[0] > 4, "an id was handed out twice"
    assert ingest.outputs["examples"][0].uri == "/data/run-1/é\u0301 ✈"
    assert ingest.parameters["path"] == "/in/✈"
    assert check_store(target) == []


def test_a_run_goes_on_after_the_store_was_lost(lineage, make, record, store, tmp_path, new_database):
    home = Database.of_file(store)
    make("run-1", "ingest", {}, {"examples": [record("Examples", "/e/1", span=1)]})
    identity = TaskIdentity("taxi", "run-1", "trainer", "shipway_components.trainer")
    execution = lineage.begin(identity, {"examples": [record("Examples", "/e/1")]}, {"steps": 3}, "key")
    lineage.close()
    back_up(home, tmp_path / "one.backup")
    for leftover in store.parent.glob("metadata.db*"):
        leftover.unlink()
    restore(tmp_path / "one.backup", home, backups=tmp_path)
    with Lineage.open(store, create=False) as again:
        again.complete(execution, {"model": [record("Model", "/m/1")]}, {})
    queries = LineageQueries.open(store)
    ingest, trainer = queries.run("run-1")
    assert (trainer.state, trainer.inputs["examples"][0].id) == ("COMPLETE", ingest.outputs["examples"][0].id)
    queries.close()
    assert check_store(home) == []


def test_a_log_that_the_lost_store_left_is_not_taken_for_the_new_ones(backup, tmp_path):
    path, manifest = backup
    home = tmp_path / "home"
    home.mkdir()
    (home / "metadata.db-wal").write_bytes(b"an old log" * 1000)
    restore(path, Database.of_file(home / "metadata.db"), backups=tmp_path)
    assert digest(Database.of_file(home / "metadata.db")) == manifest.digest
    assert [name.partition(".replaced-")[2][16:] for name in names(home) if ".replaced-" in name] == ["-wal"]


def test_a_store_that_is_not_empty_is_left_alone(backup, kind, new_database, write, tmp_path):
    path, _ = backup
    target = new_database(kind)
    write(target, 1, "other")
    before = digest(target)
    with pytest.raises(NotEmpty, match="add --replace"):
        restore(path, target, backups=tmp_path)
    assert digest(target) == before


def test_what_a_backup_replaces_is_kept(backup, kind, new_database, write, tmp_path):
    path, manifest = backup
    target = new_database(kind)
    write(target, 1, "other")
    before = digest(target)
    restored = restore(path, target, replace=True, backups=tmp_path / "backups")
    assert digest(target) == manifest.digest
    assert digest(Database.of_file(restored.kept)) == before
    assert check_store(target) == []


def test_an_empty_store_may_be_replaced_and_is_not_kept(backup, kind, new_database, tmp_path):
    path, manifest = backup
    target = new_database(kind)
    if target.path:
        target.path.parent.mkdir()
    make_tables(target)
    assert restore(path, target, backups=tmp_path).kept is None
    assert digest(target) == manifest.digest
    if target.path:
        assert [name for name in names(target.path.parent) if "replaced" in name or "partial" in name] == []


def test_a_damaged_store_is_kept_and_replaced(backup, tmp_path):
    path, manifest = backup
    store = tmp_path / "home" / "metadata.db"
    store.parent.mkdir()
    store.write_bytes(b"damaged" * 1000)
    with pytest.raises(NotEmpty):
        restore(path, Database.of_file(store), backups=tmp_path)
    kept = restore(path, Database.of_file(store), replace=True, backups=tmp_path).kept
    assert kept.read_bytes() == b"damaged" * 1000
    assert digest(Database.of_file(store)) == manifest.digest


def test_a_store_in_use_is_not_replaced(backup, new_database, write, writers, tmp_path):
    path, _ = backup
    target = new_database("sqlite")
    write(target, 1, "other")
    with writers(target, 1) as [writer]:
        writer.stdout.readline()
        with pytest.raises(StoreInUse, match="end the runs and servers"):
            restore(path, target, replace=True, backups=tmp_path)
        writer.stdout.readline()
        writer.stdin.close()
        assert writer.wait(30) == 0
    assert check_store(target) == []
    assert [name for name in names(target.path.parent) if "replaced" in name or "partial" in name] == []


def test_what_ml_metadata_cannot_write_to_a_server_is_restored(
    server_kind, make, record, store, lineage, new_database, tmp_path
):
    """Numbers of 64 bits, and on PostgreSQL backslashes, which the service then finds as it writes them."""
    uri = "C:\\data\\'1'"
    make("run-1", "ingest", {}, {"examples": [record("Examples", uri, rows=5_000_000_000)]}, size=2**62)
    lineage.close()
    manifest = back_up(Database.of_file(store), tmp_path / "one.backup")
    target = new_database(server_kind)
    restore(tmp_path / "one.backup", target, backups=tmp_path)
    assert digest(target) == manifest.digest
    engine = EngineHandle(Opening(str(target), target.connection_config().SerializeToString()))
    engine.open()
    request = service_message("GetArtifactsByURIRequest")(uris=[uri])
    answer = engine.call(BY_NAME["GetArtifactsByURI"], request.SerializeToString(), 0)
    [found] = service_message("GetArtifactsByURIResponse").FromString(answer.data).artifacts
    assert (found.uri, found.custom_properties["rows"].int_value) == (uri, 5_000_000_000)


def test_a_backup_that_a_server_cannot_hold_changes_nothing(
    server_kind, new_database, lineage, make, store, tmp_path, say
):
    make("run-1", "ingest", {}, {})
    lineage.close()
    back_up(Database.of_file(store), tmp_path / "one.backup")
    target = new_database(server_kind)
    make_tables(target)
    before = digest(target)
    with say(target) as execute:
        size = "TYPE" if server_kind == "postgresql" else ""
        change = "ALTER COLUMN name" if size else "MODIFY name"
        execute(f"ALTER TABLE Execution {change} {size} VARCHAR(3)")
    with pytest.raises(DatabaseFailed, match="nothing in it was changed"):
        restore(tmp_path / "one.backup", target, backups=tmp_path)
    assert digest(target) == before


def test_an_old_schema_is_not_restored_into_a_server(server_kind, new_database, write, tmp_path):
    from shipway.lineage.upkeep.engine_tables import downgrade

    database = new_database("sqlite")
    write(database, 1)
    downgrade(database, 9)
    back_up(database, tmp_path / "one.backup")
    with pytest.raises(OlderBackup, match="old schema 9"):
        restore(tmp_path / "one.backup", new_database(server_kind), backups=tmp_path)
