/**
 * Turns message schemas into Java at build time: {@link io.gofka.protocol.codegen.SchemaReader}
 * reads and checks them, {@link io.gofka.protocol.codegen.MessageGenerator} and {@link
 * io.gofka.protocol.codegen.ApiKeyGenerator} write the code. Compiled before everything else, so
 * nothing outside this package is used; not in the jar.
 *
 * <p>A schema this generator doesn't fully understand stops the build, rather than giving code that
 * is wrong for it.
 */
package io.gofka.protocol.codegen;
