/**
 * Programs that run in JVMs of their own: with clients of older Kafka lines on their class path, or
 * to be killed.
 */
package io.gofka.system.clients;
