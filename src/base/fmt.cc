// The one compilation of fmt: Debian has it shared or header-only. Shared it
// would cost each start, and header-only each file that formats a text would
// compile all of it, four seconds a file.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE

template auto detail::thousands_sep_impl<char>(locale_ref)
    -> thousands_sep_result<char>;
template auto detail::decimal_point_impl<char>(locale_ref) -> char;
template auto detail::dragonbox::to_decimal(float) noexcept
    -> detail::dragonbox::decimal_fp<float>;
template auto detail::dragonbox::to_decimal(double) noexcept
    -> detail::dragonbox::decimal_fp<double>;

FMT_END_NAMESPACE
