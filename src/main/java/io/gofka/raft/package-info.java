/**
 * The log that the controllers agree on. {@link io.gofka.raft.ReplicatedLog} is what the rest of
 * the node sees of it; {@link io.gofka.raft.FileReplicatedLog} is a quorum of one.
 *
 * <p>On disk, below {@code metadata/} in the data directory: files named after the index of their
 * first entry, 20 digits and {@code .entries}. A file is the eight bytes {@code GOFKARL1} (the
 * digit is the version of the format) and then entry after entry, each as {@link
 * io.gofka.raft.EntryFormat} says. So far there is one file; later ones, and the snapshots that let
 * earlier ones go, have their place beside it.
 */
package io.gofka.raft;
