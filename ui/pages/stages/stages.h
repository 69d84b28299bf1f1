// The stages of the rail, in their order: the one place that names all pages.
#pragma once

#include "ui/shell/page.h"

namespace athanor::pages {

ATHANOR_EXPORT std::vector<shell::StageEntry> stages();

}  // namespace athanor::pages
