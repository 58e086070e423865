/**
 * Leading and following partitions: what is committed, who is in sync, where a follower's log has
 * to be cut. The owners of the logs, the shards of {@code io.gofka.log}, run these cores.
 *
 * <p>A follower begins a session at the end of its log; the leader compares leader epochs and
 * either says where the follower has to cut, or pushes what it appends from there on. The follower
 * acknowledges what it has. Sources: Kafka's replication (KIP-101, KIP-279, KIP-497, KIP-595,
 * KIP-841, KIP-903, KIP-966).
 */
package io.gofka.replica;
