/**
 * What clients were told while brokers failed, and whether it was true. Pure: the load that makes a
 * history is in the package above.
 */
package io.gofka.system.history;
