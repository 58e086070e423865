/**
 * What the controllers agree on: topics, partitions, brokers, settings, producer ids.
 *
 * <p>A command ({@link io.gofka.metadata.CreateTopics} and its like) reaches {@link
 * io.gofka.metadata.ControllerVerticle} over the bus. The {@code …Decisions} judge it on the image
 * to which everything proposed so far will lead, and answer with {@link
 * io.gofka.metadata.MetadataRecord records} and a reply. The records of one command are one entry
 * of the replicated log. When it is committed, {@link io.gofka.metadata.ImageUpdate} has made the
 * next {@link io.gofka.metadata.image.ClusterImage} of them, {@link
 * io.gofka.metadata.MetadataVerticle} announces that to the node, and only then the asker gets its
 * reply.
 *
 * <p>A command that is refused changes nothing; a record that doesn't fit the image is a bug and is
 * found before it is proposed. Reading the log again gives the same image after every entry.
 */
package io.gofka.metadata;
