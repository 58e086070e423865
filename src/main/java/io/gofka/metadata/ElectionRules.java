package io.gofka.metadata;

import java.util.function.IntPredicate;

/**
 * What decides who may lead a partition.
 *
 * @param active whether a broker may lead and be in an ISR
 * @param registered whether a broker is known at all
 * @param elr whether eligible leader replicas are kept (KIP-966); without them the last in-sync
 *     replicas stay in the ISR whatever becomes of them
 * @param minIsr the topic's min.insync.replicas
 * @param unclean whether the topic would rather lose records than be without a leader
 */
record ElectionRules(
    IntPredicate active, IntPredicate registered, boolean elr, int minIsr, boolean unclean) {}
