/**
 * The Kafka wire protocol: primitives, messages and the numbers of the APIs.
 *
 * <p>The messages themselves ({@code io.gofka.protocol.message}) and {@code ApiKey} are generated
 * at build time from the JSON schemas in Kafka's jars and from {@code src/main/resources/schemas},
 * by {@code codegen}, which never reaches the jar. A message knows all its versions; reading and
 * writing never copies {@code records} nor large {@code bytes}.
 *
 * <p>Nothing that comes from outside is believed: every length and count is compared with the bytes
 * that are left before anything is allocated, and all that is wrong with an input ends in one
 * exception, {@link io.gofka.protocol.WireException}. Sources: the protocol guide, KIP-482
 * (flexible versions and tagged fields).
 */
package io.gofka.protocol;
