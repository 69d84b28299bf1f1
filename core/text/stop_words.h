// The most frequent function words of each language that guessLanguage() knows. Written for this purpose; the order
// within a language has no meaning. Thread: constants.
#pragma once

namespace athanor::text {

struct StopWordList {
    const char *language;
    const char *script;
    const char *words;
};

inline constexpr StopWordList kStopWords[] = {
    {"en", "Latn", "the of and to in a is that for it as was with be by on not he his are this which at from or have an they you were her all one there been if more when will would who so no out up into than them can only other new some could these two may then do first any my now such like our over me even most made after also did many must before see through back your well"},
    {"de", "Latn", "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei kann wenn ich diese dieser"},
    {"fr", "Latn", "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec ou son mais nous comme cette vous aux être ont leur tout fait elle deux même ces sans aussi bien était si peut dont où je"},
    {"es", "Latn", "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué"},
    {"it", "Latn", "di e il la che in un a per è una non sono con del si da come le dei al nel più alla anche della lo ma gli i ha delle questo su o dal se ci essere nella tra quando suo molto stato era cui sua dalla perché"},
    {"pt", "Latn", "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos"},
    {"nl", "Latn", "de van een het en in is dat op te zijn met voor niet aan er om ook als dan maar door bij worden uit naar heeft nog over hebben wordt tot meer deze kan geen werd hij zich wel was ze je of zij wat dit haar"},
    {"sv", "Latn", "och i att det som en på är av för med till den har inte om ett men var jag sig från vi så kan de när han skulle kommer ut också efter eller under nu över vid hade mot hur alla mycket där bara sin dem"},
    {"da", "Latn", "og i at det er en til af på som med for den de ikke der har et om var men jeg fra vi sig kan så eller han ud hvor efter ved også blev over være nu skal meget når havde mod bare hvad dem min vil"},
    {"no", "Latn", "og i det er på til som en av for at med har de ikke den et om var men jeg fra vi seg kan så eller han ut hvor etter ved også ble over være nå skal mye når hadde mot bare hva dem min vil"},
    {"fi", "Latn", "ja on ei että se oli hän mutta niin kuin myös ovat joka tai sen kun mukaan jo vain ole nyt sitä sekä olla minä mitä vielä siitä jos voi ne sitten jotka ollut hänen tämä mikä eivät kanssa olivat"},
    {"pl", "Latn", "w i na z się nie do że to jest o jak a po co tak za od ale przez jego jej są dla czy już tylko tym było był ma być może które który ich która oraz także pod jako przed tego bardzo jeszcze"},
    {"cs", "Latn", "a se v na je že to s z do o i ve jako za by ale po pro jsou k si tak od který byl není nebo jsem jeho už jak která které bylo při až aby co být také jen před může podle když mezi"},
    {"tr", "Latn", "ve bir bu da de için ile çok olarak daha gibi olan ne en kadar ama sonra var o ki her değil mi ya olduğu göre ise şey iki hem ancak veya bunu tarafından diye büyük kendi önce zaman"},
    {"ro", "Latn", "și de în a la cu o pe care nu un din mai că este pentru să se au fost sau ca prin ce sunt dar după fi al lui ale era această acest prea toate fără între aceste cele"},
    {"hu", "Latn", "a az és hogy nem is egy ez csak volt meg de már ha vagy mint azt még el ki kell lehet pedig minden ezt úgy lesz után fel mert be nagyon én olyan most amely nincs"},
    {"id", "Latn", "yang dan di dengan untuk dari pada dalam ini tidak itu akan adalah ke oleh sebagai juga atau telah dapat karena mereka ada saya lebih bisa tersebut kami sudah hanya saat menjadi bahwa kita"},
    {"vi", "Latn", "và của là có cho không được các trong với một người này đã những từ đến khi để như ra về ở cũng vào nhiều theo sẽ phải trên hay còn lại thì bị năm sau mà"},
    {"ru", "Cyrl", "и в не на что с по как это он из за к у так все но от о же для то бы было был при только до ее его или еще мы они если когда есть чтобы вы этом может ли быть уже этого их"},
    {"uk", "Cyrl", "і в на не що з та до у як за це від по його є для а про він але так був із який все щоб або ще вже може під їх якщо було те через також були цього лише між"},
    {"bg", "Cyrl", "на и в да се за от не е са с по че до като това при но или си той след ще има във може беше със още които само му през те ни най къде този бъде"},
    {"ar", "Arab", "في من على أن إلى التي عن مع هذا هذه كان الذي ما لا هو أو قد كل بين بعد هي ذلك كما لم وقد عند حتى ولا إن به"},
    {"fa", "Arab", "و در به از که این را با است برای آن یک خود تا بر هم نیز می شود شده کرد ها ای باید دیگر اما یا او بود هر"},
};

}  // namespace athanor::text
