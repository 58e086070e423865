package io.gofka.raft;

import io.vertx.core.Future;

/**
 * A proposed entry.
 *
 * @param index the place it has in the log if it is ever committed
 * @param committed succeeds after the entry was delivered to the listener; fails with an {@link
 *     io.gofka.common.ApiException} when it is unknown whether it will be
 */
public record Proposal(long index, Future<Void> committed) {}
