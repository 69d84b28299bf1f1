// A recipe as data: the steps of curation in order, the split, and the readers' settings.
//   {"format":1,"steps":[{"plugin":id,"settings":{}}],"split":{"validation_share":0.05,"seed":1},"readers":{id:{settings}},
//    "keep":[document id …]}
// "keep": documents that no filter removes, because a person looked at them; copies still go.
// The documents are texts; with "content":"records" they are records, and "records" says how they are written
// (record_settings.h). Records are filtered and deduplicated, never repaired: their text is JSON.
// Thread: pure functions over a catalogue that is not being scanned.
#pragma once

#include "core/plugin/catalogue.h"

namespace athanor::corpus {

inline constexpr int kRecipeFormat = 1;

/// All cleaners, filters and deduplicators whose plugin.json says "default": true, in that order of kinds.
ATHANOR_EXPORT QJsonObject defaultRecipe(const plugin::Catalogue &catalogue);

/// For records: what plugin.json says under "default_records" (exact deduplication), nothing is judged.
/// `records`: as record_settings.h, may be partial.
ATHANOR_EXPORT QJsonObject defaultRecordRecipe(const plugin::Catalogue &catalogue, const QJsonObject &records = {});

/// `recipe` changed by assignments: content=records|text (its steps become the default ones), the keys of
/// recordsSchema() (format=prompt, prompt=question) and of splitSchema(). Errors: InvalidInput.
ATHANOR_EXPORT Result<QJsonObject> recipeWith(const QJsonObject &recipe, const QStringList &assignments,
                                              const plugin::Catalogue &catalogue);

/// The recipe completed by all defaults. InvalidInput names the step and what is wrong with it.
ATHANOR_EXPORT Result<QJsonObject> checkRecipe(const QJsonObject &recipe, const plugin::Catalogue &catalogue);

/// `recipe` with these documents under "keep", or without them.
ATHANOR_EXPORT QJsonObject recipeKeeping(const QJsonObject &recipe, const QStringList &documents, bool keep);

/// SHA-256 of the recipe's canonical form; the same for two recipes that are written differently.
ATHANOR_EXPORT QString recipeHash(const QJsonObject &recipe);

/// The parameters of "split", for forms.
ATHANOR_EXPORT const plugin::ParameterSchema &splitSchema();

}  // namespace athanor::corpus
