// For libstdc++'s headers on musl: one "C" locale; conversions of numbers go through <charconv>.
#ifndef HOOKFLASH_MUSL_CXX_LOCALE_H
#define HOOKFLASH_MUSL_CXX_LOCALE_H 1
#include <clocale>
#define _GLIBCXX_NUM_CATEGORIES 0
namespace std _GLIBCXX_VISIBILITY(default) {
_GLIBCXX_BEGIN_NAMESPACE_VERSION
typedef int* __c_locale;
inline int __convert_from_v(const __c_locale&, char* out, const int size, const char* format, ...) {
  __builtin_va_list args;
  __builtin_va_start(args, format);
  const int length = __builtin_vsnprintf(out, static_cast<unsigned long>(size), format, args);
  __builtin_va_end(args);
  return length;
}
_GLIBCXX_END_NAMESPACE_VERSION
}  // namespace std
#endif
