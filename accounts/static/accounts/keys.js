// Shows on the page that a key was refused, cancelled or not understood by this browser.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("key-problem").hidden = false;
});
