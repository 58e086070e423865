package io.gofka.protocol.codegen;

final class GenerateProtocol {
  private GenerateProtocol() {}

  public static void main(String[] args) {}
}
