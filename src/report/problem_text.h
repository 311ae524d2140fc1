#pragma once
// What every renderer says of a problem in the same words.

#include <string>
#include <string_view>
#include <vector>

#include "report/campaign.h"

namespace portside::report {

// "DEVIATION", in small letters for files.
std::string_view grade_word(verifier::Grade grade);  // "violation"

// Where something happened in the driver: the stack's first frame that has a source line and is no operator new or delete,
// else the first; null: nowhere.
const SourceFrame* place_of(const ResolvedStack& stack);
// Numbers apart, what two sentences say is one thing: each run of digits is a #.
std::string without_numbers(std::string_view text);
// Where a cause stands: its first stack's place.
const SourceFrame* place_of(const Problem& problem);
// Of a cause that has no place in the driver: the endpoint, node or request that shows it ("Speaker", "Topology node 1 ..."). Empty: none.
std::string_view subject_of(const Problem& problem);
// "WaveStream::free_buffer", without parameters; "cable.sys+0x1234" when nothing is known.
std::string function_of(const SourceFrame& frame);
// "wave_stream.cpp:172"; empty: no source line.
std::string line_of(const SourceFrame& frame);
// "0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL".
std::string title_of(const BugCheckPage& page);
// "rules: each endpoint, twice, seed 1, with a failure of pool".
std::string run_text(const RunName& run);
// "FreedWhileMapped|WaveStream::free_buffer|wave_stream.cpp": the same in every run, and when lines above it come or
// go. Two causes of one rule in one function are told apart by their order.
std::vector<std::string> fingerprints(const CampaignReport& report);

// Most important first: bug checks, violations, deviations, advice; within each by how many runs saw it.
std::vector<const Problem*> by_importance(const CampaignReport& report);

}  // namespace portside::report
