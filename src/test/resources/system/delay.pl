# Two network interfaces, of which each sends what the other gets, later: what tc's netem does, for
# kernels without it. Ends when its standard input ends.
#
# perl delay.pl NAME BRIDGE NAME BRIDGE DELAY_MS JITTER_MS
use strict;
use warnings;
use Time::HiRes qw(time);

my ($left, $left_bridge, $right, $right_bridge, $delay_ms, $jitter_ms) = @ARGV;
my $TUNSETIFF = 0x400454ca;
my $TAP_WITHOUT_HEADER = 0x1002;
my $MAX_WAITING = 20_000;    # Frames; more are lost, as in a full queue of a router.

sub tap {
  my ($name, $bridge) = @_;
  open(my $tap, '+<', '/dev/net/tun') or die "/dev/net/tun: $!";
  binmode($tap);
  ioctl($tap, $TUNSETIFF, pack('Z16 S x22', $name, $TAP_WITHOUT_HEADER)) or die "$name: $!";
  system('ip', 'link', 'set', $name, 'master', $bridge, 'up') == 0 or die "$name in $bridge";
  return $tap;
}

my @taps = (tap($left, $left_bridge), tap($right, $right_bridge));
my @waiting;    # [when due, from, frame], the next one last
$| = 1;
print "ready\n";

while (1) {
  my $timeout = @waiting ? $waiting[-1][0] - time() : undef;
  $timeout = 0 if defined $timeout && $timeout < 0;
  my $ready = '';
  vec($ready, fileno(STDIN), 1) = 1;
  vec($ready, fileno($_), 1) = 1 for @taps;
  next if select($ready, undef, undef, $timeout) < 0;
  exit 0 if vec($ready, fileno(STDIN), 1) && !sysread(STDIN, my $nothing, 1);
  for my $from (0, 1) {
    next unless vec($ready, fileno($taps[$from]), 1);
    next unless sysread($taps[$from], my $frame, 65_536);
    next if @waiting >= $MAX_WAITING;
    my $due = time() + ($delay_ms + rand($jitter_ms)) / 1_000;
    my ($low, $high) = (0, scalar @waiting);
    while ($low < $high) {
      my $middle = int(($low + $high) / 2);
      if ($waiting[$middle][0] > $due) { $low = $middle + 1 } else { $high = $middle }
    }
    splice(@waiting, $low, 0, [$due, $from, $frame]);
  }
  while (@waiting && $waiting[-1][0] <= time()) {
    my $next = pop @waiting;
    syswrite($taps[1 - $next->[1]], $next->[2]);
  }
}
