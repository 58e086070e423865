package io.gofka.node;

/**
 * A setting as somebody wrote it.
 *
 * @param key full name, such as {@code server.port} or {@code kafka.num.partitions}
 * @param where it was written: a file with its line, or an environment variable
 */
record Setting(String key, String value, String where) {}
