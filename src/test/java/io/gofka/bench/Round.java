package io.gofka.bench;

import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures brokers of one kind, from their first start to their end; the measures stand in order.
 */
interface Round {
  /**
   * @param settings of the broker, or of each one when the round needs several
   * @param process makes a broker that was never started
   */
  Map<Measure, Double> run(BrokerSettings settings, Function<BrokerSettings, Broker> process)
      throws Exception;

  /** Measures a single broker. */
  interface OfOne {
    /**
     * @param fresh not yet started; closed at the end
     */
    Map<Measure, Double> run(Broker fresh) throws Exception;
  }

  static Round of(OfOne round) {
    return (settings, process) -> round.run(process.apply(settings));
  }
}
