/**
 * What the controllers agree on: topics, partitions, brokers, settings, features, producer ids.
 *
 * <p>A command ({@link io.gofka.metadata.CreateTopics} and its like) is brought by {@link
 * io.gofka.metadata.ForwardingVerticle} to the {@link io.gofka.metadata.ControllerVerticle} that is
 * active, on this node or another. {@link io.gofka.metadata.MetadataDecisions} and the {@code
 * …Decisions} behind it judge it on the image to which everything proposed so far will lead, and
 * answer with {@link io.gofka.metadata.MetadataRecord records} and a reply. The records of one
 * command are one entry of the replicated log, or several ({@link io.gofka.metadata.Steps}) when
 * there are too many. When it is committed, {@link io.gofka.metadata.ImageUpdate} has made the next
 * {@link io.gofka.metadata.image.ClusterImage} of them, {@link io.gofka.metadata.MetadataVerticle}
 * announces that to the node, and only then the asker gets its reply.
 *
 * <p>{@link io.gofka.metadata.BrokerLiveness} tells which brokers are to be fenced and unfenced.
 * What that means for partitions is found by a {@link io.gofka.metadata.PartitionSweep} over all of
 * them, by the rules in {@link io.gofka.metadata.PartitionChange}: one set of rules, whatever has
 * happened. A new active controller begins with such a sweep, so that nothing is left half done.
 *
 * <p>A command that is refused changes nothing; a record that doesn't fit the image is a bug and is
 * found before it is proposed. Reading the log again gives the same image after every entry.
 */
package io.gofka.metadata;
