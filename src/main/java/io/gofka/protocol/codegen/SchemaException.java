package io.gofka.protocol.codegen;

/** A schema that makes no sense, or uses what this generator doesn't know. */
final class SchemaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SchemaException(String message) {
    super(message);
  }
}
