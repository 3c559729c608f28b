# What the validator of 2019 took for granted of its libraries then: `should` on every object, OpenStruct and Time.iso8601 at hand.
require 'ostruct'
require 'time'
require 'rspec/expectations'
RSpec::Expectations::Syntax.enable_should
