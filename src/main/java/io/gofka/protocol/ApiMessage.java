package io.gofka.protocol;

/** placeholder until the generator lands */
public interface ApiMessage {}
