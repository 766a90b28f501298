// Filters the list of mentions by the traits in the address: #f=sentiment:negative;day:2026-11-20
(function () {
  "use strict";
  var zh = document.documentElement.lang.indexOf("zh") === 0;
  var labels = JSON.parse(document.getElementById("labels").textContent);
  var bar = document.getElementById("filter");
  var chips = document.getElementById("chips");
  var count = document.getElementById("count");
  var nothing = document.getElementById("nothing");
  var days = [].slice.call(document.querySelectorAll("section.day"));

  function decoded(text) {
    try { return decodeURIComponent(text); } catch (error) { return text; }
  }
  function readPart(part) {
    var colon = part.indexOf(":");
    return part.slice(0, colon) + ":" + decoded(part.slice(colon + 1));
  }
  var cards = [].map.call(document.querySelectorAll("article[data-t]"), function (node) {
    var traits = {}, cases = "";
    node.dataset.t.split(" ").forEach(function (part) {
      var trait = readPart(part);
      traits[trait] = true;
      if (trait.indexOf("case:") === 0) { cases = trait; }
    });
    return { node: node, traits: traits, of: cases };
  });

  function wanted() {
    if (location.hash.indexOf("#f=") !== 0) { return null; }
    return location.hash.slice(3).split(";").filter(Boolean).map(readPart);
  }
  function chip(trait, all) {
    var colon = trait.indexOf(":"), name = trait.slice(0, colon);
    var link = document.createElement("a");
    link.className = "chip";
    link.textContent = (labels.names[name] || name) + " " + (labels.values[trait] || trait.slice(colon + 1)) + " ×";
    link.href = "#f=" + all.filter(function (other) { return other !== trait; }).map(function (other) {
      var at = other.indexOf(":");
      return other.slice(0, at + 1) + encodeURIComponent(other.slice(at + 1));
    }).join(";");
    chips.appendChild(link);
    chips.appendChild(document.createTextNode(" "));
  }
  function apply() {
    var traits = wanted(), shown = 0, cases = {};
    if (traits === null) { return; }
    cards.forEach(function (card) {
      var fits = traits.every(function (trait) { return card.traits[trait] === true; });
      card.node.hidden = !fits;
      if (fits) {
        shown += 1;
        if (card.of) { cases[card.of] = true; }
      }
    });
    days.forEach(function (day) {
      var left = day.querySelectorAll("article:not([hidden])").length;
      day.hidden = left === 0;
      day.querySelector(".n").textContent = left;
    });
    chips.textContent = "";
    traits.forEach(function (trait) { chip(trait, traits); });
    var matters = Object.keys(cases).length;
    count.textContent = zh
      ? "共 " + shown + " 条" + (matters ? "，涉及 " + matters + " 个工单" : "")
      : shown + " mentions" + (matters ? ", " + matters + " cases" : "");
    bar.hidden = traits.length === 0;
    nothing.hidden = shown !== 0;
    document.getElementById("mentions").scrollIntoView({ behavior: "instant" });
  }
  function unfold(event) {
    var text = event.target.closest ? event.target.closest("p.text") : null;
    if (text && !String(window.getSelection())) { text.classList.toggle("open"); }
  }
  // a number pressed again scrolls to its mentions again
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a") : null;
    if (link && link.getAttribute("href") === location.hash && location.hash.indexOf("#f=") === 0) { apply(); }
  });
  document.getElementById("mentions").addEventListener("click", unfold);
  document.documentElement.classList.add("js");
  window.addEventListener("hashchange", apply);
  apply();
})();
