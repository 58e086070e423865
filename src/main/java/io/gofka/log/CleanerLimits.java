package io.gofka.log;

import io.gofka.log.compact.Throttle;

/**
 * What one cleaning of a log may use.
 *
 * @param threads of all cleanings together
 * @param keyBytes memory for the offsets of keys
 * @param loadFactor how full that memory may get, 0 to 1
 * @param bufferBytes memory to read into, and the same again to write from
 * @param throttle shared by all cleanings of the node
 */
public record CleanerLimits(
    int threads, long keyBytes, double loadFactor, int bufferBytes, Throttle throttle) {}
