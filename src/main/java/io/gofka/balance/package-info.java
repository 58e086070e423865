/**
 * Which replicas should lie elsewhere, and who should lead, so that every broker has as much to do
 * as the others. Pure: {@link io.gofka.balance.BalancePlanner} makes a plan of what is; who carries
 * it out is somebody else's matter.
 */
package io.gofka.balance;
