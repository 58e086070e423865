/**
 * The log that the controllers agree on. {@link io.gofka.raft.ReplicatedLog} is what the rest of
 * the node sees of it, {@link io.gofka.raft.RaftCore} decides, {@link io.gofka.raft.RaftShell}
 * carries out; {@link io.gofka.raft.QuorumFormation} decides how it all begins. What lies on disk
 * stands in {@link io.gofka.raft.storage}.
 */
package io.gofka.raft;
