/**
 * What nodes say to each other, over gRPC. The contract is {@code node.proto}; nobody outside this
 * package sees what is generated from it, or gRPC at all. {@link io.gofka.rpc.RpcVerticle} is the
 * only class that the node knows.
 *
 * <p>Each node listens at one port and connects to every node it has something to say to. A
 * connection begins with a greeting ({@link io.gofka.rpc.Greetings}): before it nothing else is
 * answered. To each peer there is one connection for what must not wait (Raft, commands,
 * heartbeats) and, when it is needed, another one for what takes long (pieces of snapshots,
 * metadata). Both are pinged; one that doesn't answer is closed. When one breaks, dialling again
 * tells within milliseconds whether the process is gone.
 *
 * <p>All of it lives on the control loop. Bounds stand in {@link io.gofka.rpc.Limits}.
 */
package io.gofka.rpc;
