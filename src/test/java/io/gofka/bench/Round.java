package io.gofka.bench;

import io.gofka.system.process.Broker;
import java.util.Map;

/** Measures one broker, from its first start to its end; the measures stand in order. */
interface Round {
  /**
   * @param fresh not yet started; closed at the end
   */
  Map<Measure, Double> run(Broker fresh) throws Exception;
}
