// Role: the declaration of the sampling settings, so that form, limits and help come from one place.
#include "ui/pages/chat/chat_page.h"

#include <QJsonDocument>

namespace athanor::pages {

namespace {

constexpr char kDeclaration[] = R"json([
{"key":"max_tokens","type":"int","title":"Length","term":"maximum new tokens","unit":"tokens","default":120,"min":1,"max":4096,
 "doc":"At most so many tokens are written."},
{"key":"temperature","type":"real","title":"Boldness","term":"temperature","default":0.8,"min":0,"max":5,
 "doc":"0 always takes the most likely token; higher values vary more and err more."},
{"key":"top_k","type":"int","title":"Among the likeliest","term":"top-k","default":40,"min":0,"max":100000,
 "doc":"Only so many most likely tokens are considered; 0 considers all (Fan et al. 2018)."},
{"key":"top_p","type":"real","title":"Covering a share of","term":"top-p, nucleus","default":0.95,"min":0.01,"max":1,
 "doc":"Only the likeliest tokens that together reach this probability are considered (Holtzman et al. 2020)."},
{"key":"seed","type":"int","title":"Random seed","term":"seed","default":1,"min":0,"max":9007199254740991,
 "doc":"The same seed and settings write the same text again."},
{"key":"stop","type":"text","title":"Stop at","term":"stop text","default":"","advanced":true,
 "doc":"Writing ends when this text appears; empty goes on to the full length."}
])json";

}  // namespace

const plugin::ParameterSchema &samplingSchema()
{
    static const plugin::ParameterSchema schema =
        plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(kDeclaration).array()).value_or(plugin::ParameterSchema());
    return schema;
}

}  // namespace athanor::pages
