// The conformance check: each assertion of levels, and of what properties and filters say of themselves, fails on a driver made for it.

#include "conformance_fixture.h"
#include "ks/data_format.h"
#include "verify/detector_test.h"
#include "verify/filter_roles.h"
#include "verify/independence_test.h"
#include "verify/levels_test.h"
#include "verify/property_sweep.h"

namespace portside::verify::testing {
namespace {

// ---- What a property says of itself ----
class SupportConformance : public Conformance {
 protected:
  void sweep_node() {
    clear();
    const auto file = client::KsFile::open(filter_.symbolic_link);
    ASSERT_TRUE(file);
    sweep_properties(verdicts_, PropertyTarget(*file, PropertyTarget::Kind::kNode, 0, 1), "the node");
  }
  void expect_malformed(const char* what, std::function<void(Wayward::Description&)> change) {
    Wayward::on_description = std::move(change);
    sweep_node();
    EXPECT_TRUE(broke(RuleId::kDescriptionMalformed)) << what << ": " << only("property support").sentence;
    Wayward::on_description = {};
  }
};

// ---- Sound detectors ----
// A right one: a single type of pattern, and armed only with a pattern.
struct Detector {
  static constexpr GUID kType = {0x0d6b1c52, 0x83a7, 0x4f0e, {0x9c, 0x21, 0x5e, 0x77, 0xd4, 0x10, 0xb8, 0x3f}};
  ULONG counted = 1;         // patterns that the list of types says it has
  bool takes_all = false;    // lists of patterns that are none
  bool armed_alone = false;  // says armed although it has refused
  ULONG patterns = 0;
  BOOL armed = FALSE;

  NTSTATUS answer(PPCPROPERTY_REQUEST request) {
    if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return support(request);
    const bool set = request->Verb & KSPROPERTY_TYPE_SET;
    switch (request->PropertyItem->Id) {
      case KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS: {
        struct {
          KSMULTIPLE_ITEM head;
          GUID type;
        } list{{sizeof list, counted}, kType};
        return give(request, &list, sizeof list);
      }
      case KSPROPERTY_SOUNDDETECTOR_PATTERNS: return set ? take_patterns(request) : STATUS_INVALID_DEVICE_REQUEST;
      default:
        if (!set) return give(request, &armed, sizeof armed);
        if (request->ValueSize < sizeof armed) return STATUS_BUFFER_TOO_SMALL;
        if (!patterns && !armed_alone) return STATUS_INVALID_DEVICE_STATE;
        armed = *static_cast<BOOL*>(request->Value) ? TRUE : FALSE;
        return patterns ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
    }
  }

 private:
  static NTSTATUS support(PPCPROPERTY_REQUEST request) {
    ULONG access = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
    return give(request, &access, sizeof access);
  }
  static NTSTATUS give(PPCPROPERTY_REQUEST request, const void* value, ULONG bytes) {
    const ULONG room = request->ValueSize;
    request->ValueSize = bytes;
    if (room == 0) return STATUS_BUFFER_OVERFLOW;
    if (room < bytes) return STATUS_BUFFER_TOO_SMALL;
    std::memcpy(request->Value, value, bytes);
    return STATUS_SUCCESS;
  }
  NTSTATUS take_patterns(PPCPROPERTY_REQUEST request) {
    if (takes_all) return STATUS_SUCCESS;
    const auto* list = static_cast<const KSMULTIPLE_ITEM*>(request->Value);
    if (request->ValueSize < sizeof *list) return STATUS_BUFFER_TOO_SMALL;
    if (list->Size > request->ValueSize || list->Size < sizeof *list) return STATUS_INVALID_PARAMETER;
    ULONG at = sizeof *list;
    for (ULONG i = 0; i < list->Count; ++i) {
      const auto* pattern =
          reinterpret_cast<const SOUNDDETECTOR_PATTERNHEADER*>(reinterpret_cast<const std::byte*>(list) + at);
      if (list->Size - at < sizeof *pattern || pattern->Size < sizeof *pattern || pattern->Size > list->Size - at)
        return STATUS_INVALID_PARAMETER;
      if (!IsEqualGUID(pattern->PatternType, kType)) return STATUS_INVALID_PARAMETER;
      at = (at + pattern->Size + 7) / 8 * 8;
      if (at > list->Size) return STATUS_INVALID_PARAMETER;
    }
    patterns = list->Count;
    return STATUS_SUCCESS;
  }
};

TEST_F(SupportConformance, ADetectorKnowsItsPatterns) {
  with_driver([&] {
    const auto detect = [&](Detector detector) {
      clear();
      Wayward::on_detector = [detector](PPCPROPERTY_REQUEST request) mutable { return detector.answer(request); };
      test_sound_detector(verdicts_, filter_);
    };
    detect({});
    EXPECT_EQ(only("sound detector").outcome, Outcome::kPassed) << only("sound detector").sentence;
    EXPECT_TRUE(verdicts_.broken.empty());
    detect({.counted = 2});
    expect_broken("sound detector", RuleId::kListMalformed);
    detect({.armed_alone = true});
    expect_broken("sound detector", RuleId::kValueNotKept);
    detect({.takes_all = true});
    EXPECT_TRUE(broke(RuleId::kMalformedListTaken));
  });
}

TEST_F(SupportConformance, EachFieldOfADescriptionIsLookedAt) {
  using D = Wayward::Description;
  with_driver([&] {
    sweep_node();
    expect_all(Outcome::kPassed);
    expect_malformed("size", [](D& d) { d.head.DescriptionSize += 1; });
    expect_malformed("size", [](D& d) { d.head.DescriptionSize = sizeof(KSPROPERTY_DESCRIPTION); });
    expect_malformed("type set", [](D& d) { d.head.PropTypeSet.Set = KSPROPSETID_Audio; });
    expect_malformed("type without a set", [](D& d) { d.head.PropTypeSet.Set = GUID{}; });
    expect_malformed("no type", [](D& d) { d.head.PropTypeSet.Id = 0; });
    expect_malformed("reserved", [](D& d) { d.head.Reserved = 1; });
    expect_malformed("no lists", [](D& d) { d.head.MembersListCount = 0; });
    expect_malformed("too many lists", [](D& d) { d.head.MembersListCount = 2; });
    expect_malformed("kind of members", [](D& d) { d.members.MembersFlags = 9; });
    expect_malformed("size of members", [](D& d) { d.members.MembersSize = 15; });
    expect_malformed("count of members", [](D& d) { d.members.MembersCount = 1; });
    expect_malformed("no channels", [](D& d) { d.members.Flags = 0; });
    expect_malformed("step", [](D& d) { d.steps[1].SteppingDelta = 0xC7C7C7C7; });
    expect_malformed("bounds",
                     [](D& d) { std::swap(d.steps[1].Bounds.SignedMinimum, d.steps[1].Bounds.SignedMaximum); });
    expect_malformed("truth", [](D& d) { d.head.PropTypeSet.Id = VT_BOOL; });
    expect_malformed("values for ranges", [](D& d) { d.members.MembersFlags = KSPROPERTY_MEMBER_VALUES; });
  });
}

TEST_F(SupportConformance, TheSizesOfBasicSupportAgree) {
  with_driver([&] {
    const auto expect_broken_by = [&](const char* what, std::function<NTSTATUS(PPCPROPERTY_REQUEST)> handler) {
      Wayward::on_property = std::move(handler);
      sweep_node();
      EXPECT_TRUE(broke(RuleId::kDescriptionMalformed)) << what << ": " << only("property support").sentence;
    };
    expect_broken_by("flags that promise more", [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if ((r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) && r->ValueSize > sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
      return Wayward::volume_of(r);
    });
    expect_broken_by("a success for three bytes", [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if ((r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) && r->ValueSize < sizeof(ULONG)) return STATUS_SUCCESS;
      return Wayward::volume_of(r);
    });
    expect_broken_by("an answer that is cut off", [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      const NTSTATUS status = Wayward::volume_of(r);
      if ((r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) && r->ValueSize == sizeof(Wayward::Description)) --r->ValueSize;
      return status;
    });
    expect_broken_by("fields that are not set", [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      std::vector<std::byte> before(r->ValueSize);
      if (r->Value) std::memcpy(before.data(), r->Value, before.size());
      const NTSTATUS status = Wayward::volume_of(r);
      if ((r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) && r->ValueSize >= sizeof(KSPROPERTY_DESCRIPTION))
        std::memcpy(&static_cast<KSPROPERTY_DESCRIPTION*>(r->Value)->Reserved,
                    &before[offsetof(KSPROPERTY_DESCRIPTION, Reserved)], sizeof(ULONG));
      return status;
    });
  });
}

TEST_F(SupportConformance, TheQuestionForTheSizeIsAnswered) {
  with_driver([&] {
    const auto expect_rule = [&](RuleId rule, std::function<NTSTATUS(PPCPROPERTY_REQUEST)> handler) {
      Wayward::on_property = std::move(handler);
      sweep_node();
      EXPECT_TRUE(broke(rule)) << verifier::rule(rule).name;
      const bool of_support = rule == RuleId::kSizeQueryWrong || rule == RuleId::kValueNotKept;
      EXPECT_EQ(only(of_support ? "property support" : "property robustness").outcome, outcome_of(rule));
    };
    expect_rule(RuleId::kSizeQueryWrong, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      return r->Verb == KSPROPERTY_TYPE_GET && r->ValueSize == 0 ? STATUS_BUFFER_TOO_SMALL : Wayward::volume_of(r);
    });
    expect_rule(RuleId::kSizeQueryWrong, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      const NTSTATUS status = Wayward::volume_of(r);
      if (status == STATUS_BUFFER_OVERFLOW) r->ValueSize = 5;
      return status;
    });
    expect_rule(RuleId::kSizeQueryWrong, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      return r->Verb == KSPROPERTY_TYPE_GET && r->ValueSize == 4 ? STATUS_BUFFER_TOO_SMALL : Wayward::volume_of(r);
    });
    expect_rule(RuleId::kShortBufferMisnamed, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      return r->Verb == KSPROPERTY_TYPE_GET && r->ValueSize == 3 ? STATUS_BUFFER_OVERFLOW : Wayward::volume_of(r);
    });
    expect_rule(RuleId::kValueNotKept, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      const NTSTATUS status = Wayward::volume_of(r);
      if (r->Verb == KSPROPERTY_TYPE_SET && status == STATUS_SUCCESS) Wayward::volume -= Wayward::kStep;
      return status;
    });
    expect_rule(RuleId::kShortDescriptorTaken, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      static LONG first = 0;
      if (r->InstanceSize == 2) r->Instance = &first, r->InstanceSize = sizeof first;
      return Wayward::volume_of(r);
    });
  });
}

// ---- Levels ----
class LevelConformance : public Conformance {
 protected:
  void expect_level_fails(RuleId rule, std::function<NTSTATUS(PPCPROPERTY_REQUEST)> handler,
                          const char* test = "levels") {
    Wayward::on_property = std::move(handler);
    clear();
    ask(test);
    EXPECT_TRUE(broke(rule)) << verifier::rule(rule).name << ": " << only(test).sentence;
    EXPECT_EQ(only(test).outcome, outcome_of(rule));
  }
  void ask(std::string_view test) {
    (test == "levels" ? test_levels : test_whole_stream)(verdicts_, filter_, filter_.nodes[0]);
  }
  static LONG channel_of(PPCPROPERTY_REQUEST r) {
    return r->InstanceSize >= sizeof(LONG) ? *static_cast<LONG*>(r->Instance) : -1;
  }
  static bool sets(PPCPROPERTY_REQUEST r) { return r->Verb == KSPROPERTY_TYPE_SET && r->ValueSize >= sizeof(LONG); }
  static LONG& value_of(PPCPROPERTY_REQUEST r) { return *static_cast<LONG*>(r->Value); }
};

TEST_F(LevelConformance, RightLevelsPassAndAreLeftAsTheyWere) {
  with_driver([&] {
    Wayward::volumes[1] = -7 * 65536;
    ask("levels");
    ask("level of the whole stream");
    expect_all(Outcome::kPassed);
    EXPECT_EQ(verdicts_.assertions.size(), 2u);
    EXPECT_EQ(Wayward::volumes[0], -5 * 65536);
    EXPECT_EQ(Wayward::volumes[1], -7 * 65536);
  });
}
TEST_F(LevelConformance, LevelsThatAreNotAsTheyWereSetFail) {
  with_driver([&] {
    expect_level_fails(RuleId::kValueNotKept, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      return sets(r) && channel_of(r) == 1 ? STATUS_SUCCESS : Wayward::volume_of(r);  // nothing is set
    });
    expect_level_fails(RuleId::kValueNotKept, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (!sets(r) || value_of(r) >= Wayward::kLowest || channel_of(r) < 0) return Wayward::volume_of(r);
      if (channel_of(r) < 2) Wayward::volumes[channel_of(r)] = value_of(r);  // beyond the range
      return channel_of(r) < 2 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    });
    Wayward::reset();
    expect_level_fails(RuleId::kLevelRefused, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      return sets(r) && value_of(r) > 0 ? STATUS_INVALID_PARAMETER : Wayward::volume_of(r);
    });
    expect_level_fails(RuleId::kLevelRefused, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      return sets(r) && value_of(r) % Wayward::kStep ? STATUS_INVALID_PARAMETER : Wayward::volume_of(r);
    });
  });
}
TEST_F(LevelConformance, ALevelThatChangesAnotherNodesFails) {
  with_driver([&] {
    test_independence(verdicts_, {filter_});
    expect_all(Outcome::kPassed);
    EXPECT_EQ(verdicts_.assertions.size(), 1u);
    clear();
    // The node of two filters, and one level.
    client::FilterInfo other = filter_;
    other.name = "Other";
    test_independence(verdicts_, {filter_, other});
    EXPECT_TRUE(broke(RuleId::kControlChangesAnother));
    EXPECT_EQ(Wayward::volumes[0], -5 * 65536);
  });
}
TEST_F(LevelConformance, ChannelsThatAreNotKeptApartFail) {
  with_driver([&] {
    expect_level_fails(RuleId::kChannelsTied, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      const NTSTATUS status = Wayward::volume_of(r);
      if (sets(r) && status == STATUS_SUCCESS)
        Wayward::volumes[0] = Wayward::volumes[1] = Wayward::volumes[std::max(channel_of(r), 0)];
      return status;
    });
    // One level for all, and told.
    Wayward::on_description = [](Wayward::Description& d) {
      d.members.Flags |= KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_UNIFORM;
    };
    clear();
    ask("levels");
    expect_all(Outcome::kPassed);
    Wayward::on_description = {};
    expect_level_fails(RuleId::kChannelBeyondTaken, [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (r->InstanceSize >= sizeof(LONG) && channel_of(r) == 2) *static_cast<LONG*>(r->Instance) = 1;
      return Wayward::volume_of(r);
    });
    expect_level_fails(
        RuleId::kWholeStreamIgnored,
        [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
          if (sets(r) && channel_of(r) == -1) *static_cast<LONG*>(r->Instance) = 0;
          return Wayward::volume_of(r);
        },
        "level of the whole stream");
  });
}

// ---- What a filter is listed as ----
TEST_F(Conformance, AFilterThatIsListedAsWhatItIsNotFails) {
  with_driver([&] {
    test_categories(verdicts_, filter_);
    test_converters(verdicts_, filter_);
    test_node_pins(verdicts_, filter_);
    expect_all(Outcome::kPassed);
    for (size_t i = 0; i < filter_.categories.size(); ++i) {
      client::FilterInfo filter = filter_;
      const bool realtime = filter.categories[i] == KSCATEGORY_REALTIME;
      filter.categories.erase(filter.categories.begin() + static_cast<ptrdiff_t>(i));
      clear();
      test_categories(verdicts_, filter);
      expect_broken("filter categories", realtime ? RuleId::kRealtimeMissing : RuleId::kCategoryMissing);
    }
    client::FilterInfo filter = filter_;
    for (const auto& [type, broken] : {std::pair{KSNODETYPE_DAC, false}, {KSNODETYPE_ADC, true}}) {
      filter.nodes[0].type = type;
      clear();
      test_converters(verdicts_, filter);
      EXPECT_EQ(broke(RuleId::kConverterReversed), broken);
    }
    filter = filter_;
    filter.connections[0].to_pin = filter.connections[1].from_pin;
    clear();
    test_node_pins(verdicts_, filter);
    expect_broken("node pins", RuleId::kTopologyBroken);
  });
}

}  // namespace
}  // namespace portside::verify::testing
