"""The settings of a new Kafka."""

from deploy.embedded.kafka.broker import new_cluster_id


def test_a_cluster_id_is_22_characters_of_base64_and_never_looks_like_an_option() -> None:
    made = {new_cluster_id() for _ in range(2_000)}
    assert len(made) == 2_000
    assert {len(cluster) for cluster in made} == {22}
    assert not [cluster for cluster in made if cluster.startswith("-")]
