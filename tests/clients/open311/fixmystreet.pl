# FixMyStreet's own client, perllib/Open311.pm as it stands, files a report and follows it: `perl fixmystreet.pl PERLLIB ENDPOINT JURISDICTION KEY`.
# What it was told is written as JSON. Around it are stand-ins for the rest of FixMyStreet: a report, a comment, and modules that
# it loads and that have no part in what goes over the wire.
use strict;
use utf8;
use warnings;

BEGIN {
    unshift @INC, shift @ARGV;
    for my $module (qw(FixMyStreet/Cobrand FixMyStreet/DB Utils FixMyStreet/App/Model/PhotoSet FixMyStreet/ImageMagick)) {
        $INC{"$module.pm"} = __FILE__;
    }
}

package Utils { sub truncate_coordinate { return sprintf '%0.6f', shift } }

package FixMyStreet { sub test_mode { 1 } sub config { undef } }

package FixMyStreet::DB::Result::Problem {
    sub open_states  { return { confirmed => 1, investigating => 1 } }
    sub fixed_states { return { 'fixed - council' => 1, 'fixed - user' => 1 } }
}

package FixMyStreet::DB::Result::Body { sub new { return bless {}, shift } sub get_cobrand_handler { return } }

# Whatever is asked of it is what it was made of; a hook finds nobody.
package Stand {
    our $AUTOLOAD;
    sub new { my ($class, %of) = @_; return bless {%of}, $class }
    sub get_cobrand_logged { return Stand->new }
    sub call_hook { return }
    sub get_extra_fields { return $_[0]{extra_fields} || [] }
    sub get_extra_metadata { return $_[1] ? undef : {} }
    sub DESTROY { }
    sub AUTOLOAD { my $self = shift; (my $name = $AUTOLOAD) =~ s/.*:://; return $self->{$name} }
}

package main;

use DateTime;
use JSON::PP;
use Open311;

my ($endpoint, $jurisdiction, $key) = @ARGV;
my $client = Open311->new(
    endpoint         => $endpoint,
    jurisdiction     => $jurisdiction,
    api_key          => $key,
    extended_statuses => 1,
    fixmystreet_body => FixMyStreet::DB::Result::Body->new,
);
my $user = Stand->new(email => 'algu@exemple.cat', name => 'Algú de la Vila', phone => '600 000 000');
my %told = (services => $client->get_service_list, definition => $client->get_service_meta_info('ESP-03'));

my $problem = Stand->new(
    id => 17, name => 'Algú de la Vila', user => $user, title => 'Fanal trencat', detail => "No fa llum des d'ahir & tot és <fosc>.",
    cobrand => 'default', used_map => 1, latitude => 41.7495012, longitude => 1.6290037, state => 'confirmed', send_fail_count => 0,
);
$told{ref} = $client->send_service_request($problem, { url => 'https://bustia.exemple.cat/report/17' }, 'OAM-GEN');
$told{filing_error} = $client->error;

my $loan = Stand->new(
    %$problem, id => 18,
    extra_fields => [map { { name => $_->[0], value => $_->[1] } } [items => 'Dues carpes'], [from => '2027-05-01'], [until => '2027-05-03'], [place => 'Plaça']],
);
$told{loan} = $client->send_service_request($loan, { url => 'https://bustia.exemple.cat/report/18' }, 'ESP-03');
$told{refused} = $client->send_service_request(Stand->new(%$loan, id => 19, extra_fields => [], send_fail_count => 9), { url => 'x' }, 'ESP-03');
$told{refusal} = $client->error;

$told{requests} = $client->get_service_requests({ report_ids => [$told{ref}, $told{loan}] });
my $comment = Stand->new(
    %$problem, id => 4711, text => 'Encara és fosc', problem => Stand->new(%$problem, external_id => $told{ref}), confirmed => DateTime->now,
);
$told{update} = $client->post_service_request_update($comment);
$told{update_again} = $client->post_service_request_update($comment);
$told{updates} = $client->get_service_request_updates('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z');
$told{all_updates} = $client->get_service_request_updates;
$told{states} = [map { $client->map_state($_->{status}) } @{ $told{all_updates} }];
print JSON::PP->new->ascii->canonical->allow_blessed->encode(\%told), "\n";
