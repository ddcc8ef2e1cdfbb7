#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/fixed_vector.h"
#include "base/status.h"

namespace hookflash::twilio::carrier {

// What one answer document may hold. An appliance answers with a handful of verbs; a document that
// outgrows this is refused, as Twilio refuses over-long ones.
inline constexpr size_t kDocumentBytesMax = 16 * 1024;
inline constexpr size_t kElementsMax = 64;
inline constexpr size_t kAttributesMax = 256;
inline constexpr size_t kNestingMax = 16;

struct Attribute {
  std::string_view name;
  std::string_view value;
};

// One element in document order. Its children are the later elements that name it as parent.
struct Element {
  std::string_view name;
  std::string_view text;  // All text directly inside, decoded, white space at the ends removed.
  uint16_t parent = 0;    // Index of the parent; the root names itself.
  uint16_t depth = 0;     // 0 for the root.
  uint16_t first_attribute = 0;
  uint16_t attribute_count = 0;
};

// A strict reader of the XML 1.0 that TwiML uses: one root, five named entities and character
// references, comments, CDATA. Refused: document types, other processing instructions, characters
// that are illegal in XML, text that is not UTF-8, a repeated attribute, text outside the root. All
// views point into the object, so it must stay where it is.
class Xml {
 public:
  // kInvalid when it is not well-formed, kTooLarge or kFull over the limits above. problem() then
  // says what is wrong and at which byte.
  Status parse(std::string_view text);

  [[nodiscard]] const char* problem() const { return problem_; }
  [[nodiscard]] size_t problem_at() const { return at_; }

  [[nodiscard]] size_t size() const { return elements_.size(); }
  [[nodiscard]] const Element& element(size_t index) const { return elements_[index]; }
  // The next element after `after` whose parent is `parent`; size() when there is none. Begin with
  // after = parent.
  [[nodiscard]] size_t next_child(size_t parent, size_t after) const;
  [[nodiscard]] std::span<const Attribute> attributes(const Element& element) const;
  // `fallback` when the attribute is absent.
  [[nodiscard]] std::string_view attribute(const Element& element, std::string_view name,
                                           std::string_view fallback = {}) const;
  [[nodiscard]] bool has_attribute(const Element& element, std::string_view name) const;

 private:
  Status fail(const char* problem) {
    problem_ = problem;
    return Status::kInvalid;
  }
  [[nodiscard]] bool done() const { return at_ == in_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\0' : in_[at_]; }
  bool skip(std::string_view word);
  void skip_space();
  Status skip_comment();
  Status read_name(std::string_view& out);
  Status read_attributes(Element& element);
  Status read_reference();
  Status read_quoted(std::string_view& out);
  Status open_element();
  Status close_element();
  Status read_text();
  Status read_cdata();
  Status put(char c);
  Status put_code_point(uint32_t code);
  // Gives the bytes put since `begin` to the innermost open element, behind what it has.
  Status add_text(size_t begin);

  std::string_view in_;
  size_t at_ = 0;
  const char* problem_ = "";
  size_t used_ = 0;
  // A copy of the document, its decoded texts, and room to join texts that a child interrupts.
  std::array<char, 3 * kDocumentBytesMax> memory_{};
  FixedVector<Element, kElementsMax> elements_;
  FixedVector<Attribute, kAttributesMax> attributes_;
  FixedVector<uint16_t, kNestingMax> open_;
};

}  // namespace hookflash::twilio::carrier
